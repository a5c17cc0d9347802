/*
 * Rows that stand for content which has not come: a file of the history, or what Meta could not
 * deliver (131060). As SQL, for what decides which of two versions of a message stands.
 */

const TYPES = `('media_placeholder', 'unsupported')`;

/** SQL: whether the stored row is one. */
export const WAS_PLACEHOLDER = `messages.type IN ${TYPES}`;

/** SQL: whether the row is one and what comes is the content. */
export const FILLS_PLACEHOLDER = `(${WAS_PLACEHOLDER} AND excluded.type NOT IN ${TYPES})`;
