/*
 * Two names turned out to be one customer's: what is stored once per customer goes on in one row
 * under the key that stays. Messages keep the key they were written with. Each statement has the
 * learnt aliases as rows of ?2 and runs behind whatever else its batch writes.
 */

// CROSS JOIN: from the aliases to their rows; left alone, SQLite walks through all of the sender's.
const MOVED = `json_each(?2) a CROSS JOIN %s o ON o.sender = ?1 AND o.customer = a.value->>'alias'
  WHERE a.value->>'alias' != a.value->>'customer'
    AND a.value->>'n' > (SELECT fence FROM heads WHERE sender = ?1)`;

const from = (table: string) => MOVED.replace("%s", table);

const dropOld = (table: string) => `
  DELETE FROM ${table} WHERE sender = ?1 AND customer IN (SELECT o.customer FROM ${from(table)})`;

/** Of two preferences the newer stands, and of one second the one that asks for less. */
export const IS_NEWER_PREFERENCE = `excluded.at > preferences.at
  OR (excluded.at = preferences.at AND excluded.value = 'stop' AND preferences.value != 'stop')`;

export const MERGE_CUSTOMERS: readonly string[] = [
  `INSERT INTO customers (sender, customer, phone, bsuid, name, username)
   SELECT ?1, a.value->>'customer', coalesce(a.value->>'phone', o.phone), o.bsuid, o.name, o.username
   FROM ${from("customers")}
   ON CONFLICT (sender, customer) DO UPDATE SET
     phone = coalesce(customers.phone, excluded.phone),
     bsuid = coalesce(customers.bsuid, excluded.bsuid),
     name = coalesce(customers.name, excluded.name),
     username = coalesce(customers.username, excluded.username)`,
  dropOld("customers"),
  // Of two contacts the newer change stands; it may leave out what the older one says.
  `INSERT INTO contacts (sender, customer, full_name, first_name, named_at, phone, bsuid, username,
     removed, at)
   SELECT ?1, a.value->>'customer', o.full_name, o.first_name, o.named_at,
     coalesce(a.value->>'phone', o.phone), o.bsuid, o.username, o.removed, o.at
   FROM ${from("contacts")}
   ON CONFLICT (sender, customer) DO UPDATE SET
     full_name = iif(excluded.named_at > coalesce(contacts.named_at, -1), excluded.full_name,
       contacts.full_name),
     first_name = iif(excluded.named_at > coalesce(contacts.named_at, -1), excluded.first_name,
       contacts.first_name),
     named_at = nullif(max(coalesce(contacts.named_at, -1), coalesce(excluded.named_at, -1)), -1),
     phone = coalesce(contacts.phone, excluded.phone),
     bsuid = coalesce(contacts.bsuid, excluded.bsuid),
     username = coalesce(contacts.username, excluded.username),
     removed = iif(excluded.at > contacts.at, excluded.removed, contacts.removed),
     at = max(contacts.at, excluded.at)`,
  dropOld("contacts"),
  // The newest live message counts; history only where neither has one.
  `INSERT INTO conversations (sender, customer, last_at, last_wamid, live_at, last_human_reply_at)
   SELECT ?1, a.value->>'customer', o.last_at, o.last_wamid, o.live_at, o.last_human_reply_at
   FROM ${from("conversations")}
   ON CONFLICT (sender, customer) DO UPDATE SET
     last_wamid = iif((excluded.live_at IS NOT NULL, excluded.last_at, excluded.last_wamid)
       > (conversations.live_at IS NOT NULL, conversations.last_at, conversations.last_wamid),
       excluded.last_wamid, conversations.last_wamid),
     last_at = iif((excluded.live_at IS NOT NULL, excluded.last_at)
       > (conversations.live_at IS NOT NULL, conversations.last_at),
       excluded.last_at, conversations.last_at),
     live_at = nullif(max(coalesce(conversations.live_at, 0), coalesce(excluded.live_at, 0)), 0),
     last_human_reply_at = nullif(max(coalesce(conversations.last_human_reply_at, 0),
       coalesce(excluded.last_human_reply_at, 0)), 0)`,
  dropOld("conversations"),
  `INSERT INTO preferences (sender, customer, category, value, at)
   SELECT ?1, a.value->>'customer', o.category, o.value, o.at
   FROM ${from("preferences")}
   ON CONFLICT (sender, customer, category) DO UPDATE SET value = excluded.value, at = excluded.at
   WHERE ${IS_NEWER_PREFERENCE}`,
  dropOld("preferences"),
];
