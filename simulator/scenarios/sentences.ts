const FROM_CUSTOMER = [
  "Good morning, are you open this Saturday?",
  "How much would two of those be, with delivery?",
  "¿Tenéis sitio mañana a las cinco?",
  "Obrigada, chegou tudo certinho \u{1F64C}",
  "I sent the transfer a minute ago, could you check?",
  "Is the blue one still there?",
  "My order number is on the receipt, the photo follows",
  "Könnten Sie mich bitte zurückrufen?",
  "Perfect, see you then!",
  "नमस्ते, क्या यह उपलब्ध है?",
];
const FROM_SHOP = [
  "Hello! Yes, from nine until two.",
  "That comes to 38 with delivery, ready on Thursday.",
  "Claro, te apunto a las cinco \u{1F4C5}",
  "Thank you, payment received.",
  "It has left the shop and should be with you before noon.",
  "We have one left; shall I put it aside for you?",
  "Would you send us a photo of the receipt?",
  "Wir melden uns heute Nachmittag.",
  "You are welcome, have a good week!",
];

/** What people write in a shop's chats: some accents, some emoji, several scripts. */
export function pickSentence(dice: number, isFromShop: boolean): string {
  const list = isFromShop ? FROM_SHOP : FROM_CUSTOMER;
  return list[dice % list.length] ?? "Hello";
}
