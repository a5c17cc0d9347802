import { WhatsAppAPI } from "whatsapp-api-js";
import {
  ActionButtons,
  ActionCatalog,
  ActionContactRequest,
  ActionCTA,
  ActionList,
  ActionLocation,
  ActionNavigateFlow,
  ActionProduct,
  ActionProductList,
  Audio,
  Body,
  BodyComponent,
  BodyParameter,
  Button,
  CatalogProduct,
  Contacts,
  Document,
  Header,
  Image,
  Interactive,
  ListSection,
  Location,
  Name,
  Phone,
  Product,
  ProductSection,
  Reaction,
  Row,
  Sticker,
  Template,
  Text,
  Video,
} from "whatsapp-api-js/messages";
import type { ClientMessage } from "whatsapp-api-js/types";
import { describeSdk } from "./describe-sdk.ts";
import type { Sdk } from "./describe-sdk.ts";

/** It throws nothing at a refusal: the answer carries the error. */
class Refused extends Error {
  readonly answer: { error: { code: number; type: string } };

  constructor(answer: unknown) {
    super(JSON.stringify(answer));
    this.answer = answer as Refused["answer"];
  }
}

/** Its address of Graph is fixed, so it is led elsewhere by the fetch that it lets its user bring. */
describeSdk(
  "whatsapp-api-js",
  (target, transport, number): Sdk => {
    const api = new WhatsAppAPI({
      token: target.key,
      secure: false,
      v: "v24.0",
      ponyfill: { fetch: transport.fetch },
    });
    const send = async (to: string, message: ClientMessage, callback?: string) => {
      const answer = await api.sendMessage(number, to, message, undefined, callback);
      if (!("messages" in answer)) throw new Refused(answer);
      return answer.messages[0].id;
    };
    const done = (answer: object) => "success" in answer && answer.success === true;
    return {
      text: (to, body, callback) => send(to, new Text(body), callback),
      kinds({ to, picture, wamid }) {
        const body = new Body("Which one?");
        const link = (file: string) => `https://shop.example/${file}`;
        const interactive = {
          buttons: new Interactive(new ActionButtons(new Button("y", "Yes")), body),
          list: new Interactive(
            new ActionList("Open", new ListSection("All", new Row("r1", "Blue", "the blue one"))),
            body,
          ),
          link: new Interactive(new ActionCTA("Look", link("blue")), body),
          flow: new Interactive(
            new ActionNavigateFlow("token", "400000000000001", "Book", "FIRST"),
            body,
          ),
          location: new Interactive(new ActionLocation(), body),
          contactRequest: new Interactive(new ActionContactRequest(), body),
          catalog: new Interactive(new ActionCatalog(new Product("blue")), body),
          product: new Interactive(new ActionProduct(new CatalogProduct("blue", "9000001")), body),
          products: new Interactive(
            new ActionProductList("9000001", new ProductSection("All", new Product("blue"))),
            body,
            new Header("Ours"),
          ),
        };
        const messages: Record<string, ClientMessage> = {
          text: new Text("Hello", true),
          image: new Image(picture, true, "the blue one"),
          audio: new Audio(link("voice.ogg"), false, true),
          document: new Document(link("offer.pdf"), false, "the offer", "offer.pdf"),
          sticker: new Sticker(link("sticker.webp")),
          video: new Video(link("film.mp4"), false, "how it works"),
          location: new Location(13.4, 52.5, "Our shop", "High Street 1"),
          contacts: new Contacts([new Name("Ada Byron", "Ada"), new Phone("+15550177001", "WORK")]),
          reaction: new Reaction(wamid, "\u{1F44D}"),
          template: new Template(
            "order_update",
            "en_US",
            new BodyComponent(new BodyParameter("Ada")),
          ),
        };
        const all = Object.entries(messages).map(
          ([kind, message]) => [kind, kind, message] as const,
        );
        const more = Object.entries(interactive).map(
          ([kind, message]) => [`interactive ${kind}`, "interactive", message] as const,
        );
        return Object.fromEntries(
          [...all, ...more].map(([kind, type, message]) => [kind, [type, () => send(to, message)]]),
        );
      },
      async upload(bytes, mimeType) {
        const form = new FormData();
        form.set("file", new Blob([bytes], { type: mimeType }), "file");
        const answer = await api.uploadMedia(number, form);
        if (!("id" in answer)) throw new Refused(answer);
        return answer.id;
      },
      async download(media) {
        const answer = await api.retrieveMedia(media);
        if (!("url" in answer)) throw new Refused(answer);
        const response = await api.fetchMedia(answer.url);
        if (!response.ok) throw new Refused(await response.json());
        return new Uint8Array(await response.arrayBuffer());
      },
      remove: async (media) => done(await api.deleteMedia(media, number)),
      markRead: async (wamid) => done(await api.markAsRead(number, wamid)),
      showTyping: async (wamid) => done(await api.markAsRead(number, wamid, "text")),
      read(refusal) {
        if (!(refusal instanceof Refused)) throw refusal;
        const { code, type } = refusal.answer.error;
        return { code, type };
      },
    };
  },
  {
    closedWindow: { code: 131047, type: "OAuthException" },
    busyNumber: { code: 130429, type: "OAuthException" },
  },
);
