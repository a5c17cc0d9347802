/**
 * Which events tell the life of a sender, as SQL: the timeline asks in the words of the index that
 * holds only these, or SQLite does not use it.
 */
export const LIFE_EVENTS = `type IN ('signup.updated', 'sender.connected', 'sender.paused',
  'sender.resumed', 'sender.disconnected', 'sender.blocked', 'sender.unblocked',
  'sender.inactive_soon', 'sender.token_expiring', 'account.notice', 'contacts.imported',
  'history.completed', 'history.incomplete', 'history.declined', 'history.stalled')`.replaceAll(
  /\s+/g,
  " ",
);
