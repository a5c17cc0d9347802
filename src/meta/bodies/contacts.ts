import { date, list, maybe, object, text } from "./pieces.ts";

const CONTACTS_MAX = 257;

const name = object("the contact's name", {
  formatted_name: text("the name as it is shown"),
  first_name: maybe(text("the first name")),
  last_name: maybe(text("the last name")),
  middle_name: maybe(text("the middle name")),
  suffix: maybe(text("what follows the name")),
  prefix: maybe(text("what precedes the name")),
});

const address = object("an address", {
  street: maybe(text("street and number")),
  city: maybe(text("the city")),
  state: maybe(text("the state")),
  zip: maybe(text("the postal code")),
  country: maybe(text("the country")),
  country_code: maybe(text("the country's two letters")),
  type: maybe(text("what kind of address it is")),
});

const email = object("an email address", {
  email: maybe(text("the address")),
  type: maybe(text("what kind of address it is")),
});

const organisation = object("where the contact works", {
  company: maybe(text("the company")),
  department: maybe(text("the department")),
  title: maybe(text("the job title")),
});

const phone = object("a phone number", {
  phone: maybe(text("the number")),
  type: maybe(text("what kind of number it is")),
  wa_id: maybe(text("the number's WhatsApp id")),
});

const url = object("a website", {
  url: maybe(text("its address")),
  type: maybe(text("what kind of website it is")),
});

/** `contacts` (protocol.md 3.2): of each contact only the shown name is required. */
export const contactsContent = list(
  "the contacts to send",
  object("a contact", {
    addresses: maybe(list("the addresses", address)),
    birthday: maybe(date("the birthday")),
    emails: maybe(list("the email addresses", email)),
    name,
    org: maybe(organisation),
    phones: maybe(list("the phone numbers", phone)),
    urls: maybe(list("the websites", url)),
  }),
  1,
  CONTACTS_MAX,
);
