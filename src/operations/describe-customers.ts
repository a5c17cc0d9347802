import { readProfiles } from "../database/customer-names.ts";
import { findAdClicks } from "../database/read-ad-clicks.ts";
import { readHumanReplies, readPreferences } from "../database/read-customers.ts";
import { phoneVariants } from "../lib/phone-variants.ts";
import { askPhone } from "./ask-phone.ts";
import type { Profile } from "../database/customer-names.ts";
import type { AdClick } from "../database/read-ad-clicks.ts";
import type { Preference } from "../database/read-customers.ts";
import type { Sender } from "../database/senders.ts";
import type { WindowView } from "../durable/service-window.ts";
import type { ThreadOwner } from "../meta/facts.ts";
import type { Services } from "../services.ts";

/** All that is known of a customer, under all of their keys together. */
export interface DescribedCustomer {
  person: string;
  profile: Profile | undefined;
  /** Null where another partner holds the number by now. */
  window: (WindowView & { threadOwner: ThreadOwner }) | null;
  lastHumanReplyAt: number | null;
  preferences: Preference[];
  /** The newest ad that they came by. */
  adClick: AdClick | null;
}

/** Customers of a sender, in the order of the persons that are asked for. */
export async function describeCustomers(
  services: Services,
  sender: Sender,
  persons: string[],
): Promise<DescribedCustomer[]> {
  if (persons.length === 0) return [];
  const database = services.shard(sender.shard);
  const profiles = await readProfiles(database, sender.key, persons);
  const named = persons.map((person) => {
    const { customer = person, aliases = [] } = profiles.get(person) ?? {};
    const keys = [customer, ...aliases].flatMap((key) => [key, ...phoneVariants(key)]);
    return { person, keys: [...new Set(keys)] };
  });
  const phone = askPhone(services, sender.phoneNumberId);
  const [windows, replies, preferences, clicks] = await Promise.all([
    phone.windowsOf(
      sender.partner,
      persons.map((person) => profiles.get(person)?.customer ?? person),
    ),
    readHumanReplies(database, sender.key, named),
    readPreferences(database, sender.key, named),
    findAdClicks(database, sender.key, named),
  ]);
  return persons.map((person, place) => ({
    person,
    profile: profiles.get(person),
    window: windows?.[place] ?? null,
    lastHumanReplyAt: replies.get(person) ?? null,
    preferences: preferences.get(person) ?? [],
    adClick: clicks.get(person) ?? null,
  }));
}
