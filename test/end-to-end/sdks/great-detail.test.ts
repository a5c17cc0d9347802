import { Client, MessageType } from "@great-detail/whatsapp";
import { HTTPError } from "ky";
import { expect, it } from "vitest";
import { describeSdk } from "./describe-sdk.ts";
import type { CreateMessageOptions } from "@great-detail/whatsapp";
import type { Sdk } from "./describe-sdk.ts";
import type { SdkTarget } from "./sdk-world.ts";

/**
 * Its base address loses the version on the way (`new URL("id/messages", "http://host/v24.0")`), so
 * all its calls come without one, as they do to Graph.
 */
function clientOf({ url, key }: SdkTarget, fetchOfOurs: typeof fetch = fetch): Client {
  return new Client({
    baseUrl: url,
    graphVersion: "v24.0",
    request: { headers: { Authorization: `Bearer ${key}` }, fetch: fetchOfOurs },
  });
}

type Message = CreateMessageOptions extends infer Options
  ? Options extends CreateMessageOptions
    ? Omit<Options, "phoneNumberID">
    : never
  : never;

describeSdk(
  "@great-detail/whatsapp",
  (target, transport, phoneNumberID): Sdk => {
    const { message: door, media: files } = clientOf(target, transport.fetch);
    const send = async (message: Message) => {
      const options = { phoneNumberID, ...message };
      const answer = await door.createMessage(options).json();
      return answer.messages[0]?.id ?? "";
    };
    return {
      text: (to, body, callback) =>
        send({
          to,
          type: MessageType.Text,
          text: { body },
          ...(callback === undefined ? {} : { biz_opaque_callback_data: callback }),
        }),
      kinds({ to, picture, wamid }) {
        const body = { text: "Which one?" };
        const link = (file: string) => `https://shop.example/${file}`;
        const open = {
          name: "cta_url" as const,
          parameters: { display_text: "Look", url: link("blue") },
        };
        const header = { type: "image" as const, image: { link: link("blue.png") } };
        const card = { type: "cta_url" as const, header, body: { text: "Blue" }, action: open };
        const type = MessageType.Interactive;
        const messages: Record<string, Message> = {
          text: { to, type: MessageType.Text, text: { body: "Hello", preview_url: true } },
          image: { to, type: MessageType.Image, image: { id: picture, caption: "blue" } },
          audio: { to, type: MessageType.Audio, audio: { link: link("a.ogg") } },
          document: {
            to,
            type: MessageType.Document,
            document: { link: link("o.pdf"), filename: "offer.pdf" },
          },
          video: { to, type: MessageType.Video, video: { link: link("f.mp4") } },
          sticker: { to, type: MessageType.Sticker, sticker: { link: link("s.webp") } },
          location: {
            to,
            type: MessageType.Location,
            location: { longitude: 13.4, latitude: 52.5, name: "Shop", address: "High Street 1" },
          },
          contacts: {
            to,
            type: MessageType.Contacts,
            contacts: [
              {
                addresses: [],
                emails: [],
                urls: [],
                name: { formatted_name: "Ada Byron", first_name: "Ada" },
                phones: [{ phone: "15550177001", type: "WORK" }],
              },
            ],
          },
          reaction: {
            to,
            type: MessageType.Reaction,
            // Its own type describes a file here; what Meta takes is this.
            reaction: { message_id: wamid, emoji: "\u{1F44D}" } as object,
          },
          template: {
            to,
            type: MessageType.Template,
            template: { name: "order_update", language: { code: "en_US" }, components: [] },
          },
          "interactive link": { to, type, interactive: { type: "cta_url", body, action: open } },
          "interactive list": {
            to,
            type,
            interactive: {
              type: "list",
              body,
              action: {
                button: "Open",
                sections: [{ title: "All", rows: [{ id: "r", title: "Blue" }] }],
              },
            },
          },
          "interactive carousel": {
            to,
            type,
            interactive: {
              type: "carousel",
              body,
              action: {
                cards: [
                  { ...card, card_index: 0 },
                  { ...card, card_index: 1 },
                ],
              },
            },
          },
          "interactive buttons": {
            to,
            type,
            interactive: {
              type: "button",
              body,
              action: { buttons: [{ type: "reply", reply: { id: "y", title: "Yes" } }] },
            },
          },
        };
        return Object.fromEntries(
          Object.entries(messages).map(([kind, message]) => [
            kind,
            [message.type, () => send(message)],
          ]),
        );
      },
      async upload(bytes, mimeType) {
        const file = new Blob([bytes], { type: mimeType });
        const upload = { phoneNumberID, file, filename: "file", mimeType };
        return (await files.upload(upload as Parameters<typeof files.upload>[0]).json()).id;
      },
      async download(mediaID) {
        const { url } = await files.getURL({ mediaID, phoneNumberID }).json();
        // It adds no key and names Meta's host: both are its user's to say.
        const headers = { Authorization: `Bearer ${target.key}`, Host: undefined };
        const request = { headers } as Parameters<typeof files.download>[0]["request"];
        const file = files.download({ mediaURL: url, request });
        return new Uint8Array(await file.arrayBuffer());
      },
      remove: async (mediaID) => (await files.delete({ mediaID, phoneNumberID }).json()).success,
      markRead: async (message_id) =>
        (await door.createStatus({ phoneNumberID, message_id, status: "read" }).json()).success ===
        true,
      showTyping: async (message_id) =>
        (
          await door
            .createStatus({
              phoneNumberID,
              message_id,
              status: "read",
              typing_indicator: { type: "text" },
            })
            .json()
        ).success === true,
      read(refusal) {
        if (!(refusal instanceof HTTPError)) throw refusal;
        const { error } = refusal.data as { error: { code: number; type: string } };
        return { code: error.code, type: error.type, status: refusal.response.status };
      },
    };
  },
  {
    closedWindow: { code: 131047, type: "OAuthException", status: 400 },
    busyNumber: { code: 130429, type: "OAuthException", status: 429 },
  },
  (suite) => {
    it("reads its own number, account, numbers and templates", async () => {
      const { world } = suite();
      const client = clientOf(world.tandem);
      const { phoneNumberId, wabaId } = world.business;
      const number = await client.phoneNumbers
        .getPhoneNumber({ phoneNumberID: phoneNumberId, fields: ["id", "verified_name"] })
        .json();
      expect(number).toEqual({ id: phoneNumberId, verified_name: world.business.verifiedName });
      const account = await client.whatsappBusinessAccount
        .get(wabaId, { fields: ["id", "currency"] })
        .json();
      expect(account).toEqual({ id: wabaId, currency: "USD" });
      const numbers = await client.phoneNumbers
        .listPhoneNumbers({ businessAccountID: wabaId, fields: ["id"] })
        .json();
      expect(numbers.data).toEqual([{ id: phoneNumberId }]);
      const templates = await client.template.list(wabaId, { limit: 1 }).json();
      expect(templates).toMatchObject({ data: [{ name: "hello_world" }] });
      expect(JSON.stringify(templates)).not.toContain("access_token");
    });
  },
);
