/**
 * What was decided about Qt's classes and members: the form of the data in `tools/parity_data/`.
 *
 * @module
 */

/** What became of one of Qt's names, where the rules of naming do not say it. */
export type Note =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "planned"; readonly issue: number }
  | { readonly kind: "different" | "absent"; readonly text: string };

/** What was decided about a class. */
export interface ClassDecision {
  /** Our class: Qt's word without the Q when left out. */
  readonly here?: string;
  /** The issue that brings the class. */
  readonly issue: number;
  /** Nothing of the class is planned any more: a name that is missing must have a note. */
  readonly done?: true;
  /** An immutable value: always valid, changed by `with()`. */
  readonly value?: true;
  /** Where the words of an enum stand: "SocketErrorCode", or "AbstractSocket.pauseMode". */
  readonly unions?: Readonly<Record<string, string>>;
  /** Exceptions. A key is one or more of Qt's names: a member, an Enum, an Enum::Value. */
  readonly notes?: Readonly<Record<string, Note>>;
  /** What holds for each name of the class. */
  readonly whole?: Note;
}

/** The decisions about a group of classes. */
export type Decisions = Readonly<Record<string, ClassDecision>>;

/**
 * It is here, under a name that does not follow from Qt's.
 *
 * @param name A member of our class, a symbol, `Symbol.member`, or a quoted word of a union.
 */
export function named(name: string): Note {
  return { kind: "named", name };
}

/** It comes with another issue than the rest of its class. */
export function planned(issue: number): Note {
  return { kind: "planned", issue };
}

/** What it does is done in another way, on purpose. */
export function different(text: string): Note {
  return { kind: "different", text };
}

/** It is not here, and why. */
export function absent(text: string): Note {
  return { kind: "absent", text };
}
