/** What may be reported of a WhatsApp conversation, in Meta's list (protocol.md 5.2). */
export const CONVERSION_NAMES = [
  "Purchase",
  "LeadSubmitted",
  "InitiateCheckout",
  "AddToCart",
  "ViewContent",
  "OrderCreated",
  "OrderShipped",
  "OrderDelivered",
  "OrderCanceled",
  "OrderReturned",
  "CartAbandoned",
  "QualifiedLead",
  "RatingProvided",
  "ReviewProvided",
] as const;

export type ConversionName = (typeof CONVERSION_NAMES)[number];

/** Names of web and app events, which Meta refuses here (2804066), and what is meant by them. */
const MEANT: Record<string, ConversionName> = {
  addpaymentinfo: "InitiateCheckout",
  addtobasket: "AddToCart",
  abandonedcart: "CartAbandoned",
  cancel: "OrderCanceled",
  checkout: "InitiateCheckout",
  completeregistration: "LeadSubmitted",
  contact: "LeadSubmitted",
  generatelead: "LeadSubmitted",
  lead: "LeadSubmitted",
  order: "OrderCreated",
  ordercancelled: "OrderCanceled",
  ordercompleted: "Purchase",
  pageview: "ViewContent",
  placeorder: "OrderCreated",
  rate: "RatingProvided",
  rating: "RatingProvided",
  refund: "OrderReturned",
  review: "ReviewProvided",
  sale: "Purchase",
  schedule: "LeadSubmitted",
  startcheckout: "InitiateCheckout",
  submitapplication: "LeadSubmitted",
  subscribe: "Purchase",
  view: "ViewContent",
};

const BY_LETTERS = new Map<string, ConversionName>([
  ...Object.entries(MEANT),
  ...CONVERSION_NAMES.map((name) => [name.toLowerCase(), name] as const),
]);

export function isConversionName(name: string): name is ConversionName {
  return (CONVERSION_NAMES as readonly string[]).includes(name);
}

/** What a name that is not in the list was most likely meant to be. */
export function meantConversion(name: string): ConversionName | undefined {
  return BY_LETTERS.get(name.toLowerCase().replace(/[^a-z]/g, ""));
}
