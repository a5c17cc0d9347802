import { GraphApiError, WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { expect, it } from "vitest";
import { describeSdk } from "./describe-sdk.ts";
import type { Sdk } from "./describe-sdk.ts";
import type { SdkTarget } from "./sdk-world.ts";

function clientOf({ url, key }: SdkTarget, fetchOfOurs: typeof fetch = fetch): WhatsAppClient {
  return new WhatsAppClient({
    baseUrl: url,
    accessToken: key,
    graphVersion: "v24.0",
    fetch: fetchOfOurs,
  });
}

describeSdk(
  "@kapso/whatsapp-cloud-api",
  (target, transport, phoneNumberId): Sdk => {
    const client = clientOf(target, transport.fetch);
    const { messages, media: files } = client;
    const idOf = (answer: { messages: { id: string }[] }) => answer.messages[0]?.id ?? "";
    return {
      text: async (to, body, bizOpaqueCallbackData) =>
        idOf(
          await messages.sendText({
            phoneNumberId,
            to,
            body,
            ...(bizOpaqueCallbackData === undefined ? {} : { bizOpaqueCallbackData }),
          }),
        ),
      kinds({ to, picture, wamid }) {
        const base = { phoneNumberId, to };
        const bodyText = "Which one?";
        const link = (file: string) => `https://shop.example/${file}`;
        const parameters = { displayText: "Look", url: link("blue") };
        const header = { type: "image" as const, image: { link: link("blue.png") } };
        const card = { header, bodyText: "Blue", action: parameters };
        const sends: Record<string, [string, () => Promise<{ messages: { id: string }[] }>]> = {
          text: ["text", () => messages.sendText({ ...base, body: "Hello", previewUrl: true })],
          image: [
            "image",
            () => messages.sendImage({ ...base, image: { id: picture, caption: "blue" } }),
          ],
          audio: [
            "audio",
            () => messages.sendAudio({ ...base, audio: { link: link("a.ogg"), voice: true } }),
          ],
          document: [
            "document",
            () =>
              messages.sendDocument({
                ...base,
                document: { link: link("o.pdf"), filename: "offer.pdf" },
              }),
          ],
          video: ["video", () => messages.sendVideo({ ...base, video: { link: link("f.mp4") } })],
          sticker: [
            "sticker",
            () => messages.sendSticker({ ...base, sticker: { link: link("s.webp") } }),
          ],
          location: [
            "location",
            () => messages.sendLocation({ ...base, location: { latitude: 52.5, longitude: 13.4 } }),
          ],
          contacts: [
            "contacts",
            () =>
              messages.sendContacts({
                ...base,
                contacts: [
                  { name: { formattedName: "Ada Byron" }, phones: [{ phone: "+15550177001" }] },
                ],
              }),
          ],
          reaction: [
            "reaction",
            () =>
              messages.sendReaction({
                ...base,
                reaction: { messageId: wamid, emoji: "\u{1F44D}" },
              }),
          ],
          template: [
            "template",
            () =>
              messages.sendTemplate({
                ...base,
                template: { name: "order_update", language: { code: "en_US" } },
              }),
          ],
          buttons: [
            "interactive",
            () =>
              messages.sendInteractiveButtons({
                ...base,
                bodyText,
                buttons: [{ id: "y", title: "Yes" }],
              }),
          ],
          list: [
            "interactive",
            () =>
              messages.sendInteractiveList({
                ...base,
                bodyText,
                buttonText: "Open",
                sections: [{ title: "All", rows: [{ id: "r", title: "Blue" }] }],
              }),
          ],
          product: [
            "interactive",
            () =>
              messages.sendInteractiveProduct({
                ...base,
                bodyText,
                catalogId: "9000001",
                productRetailerId: "blue",
              }),
          ],
          products: [
            "interactive",
            () =>
              messages.sendInteractiveProductList({
                ...base,
                bodyText,
                header: { type: "text", text: "Ours" },
                catalogId: "9000001",
                sections: [{ title: "All", productItems: [{ productRetailerId: "blue" }] }],
              }),
          ],
          flow: [
            "interactive",
            () =>
              messages.sendInteractiveFlow({
                ...base,
                bodyText,
                parameters: { flowId: "400000000000001", flowCta: "Book" },
              }),
          ],
          address: [
            "interactive",
            () =>
              messages.sendInteractiveAddress({ ...base, bodyText, parameters: { country: "IN" } }),
          ],
          locationRequest: [
            "interactive",
            () =>
              messages.sendInteractiveLocationRequest({
                ...base,
                bodyText,
                parameters: { requestMessage: "Where?" },
              }),
          ],
          callPermission: [
            "interactive",
            () =>
              messages.sendInteractiveCallPermission({
                ...base,
                bodyText,
                parameters: { phoneNumber: "+15550177001" },
              }),
          ],
          link: [
            "interactive",
            () => messages.sendInteractiveCtaUrl({ ...base, bodyText, parameters }),
          ],
          carousel: [
            "interactive",
            () =>
              messages.sendInteractiveCarousel({
                ...base,
                bodyText,
                cards: [
                  { ...card, cardIndex: 0 },
                  { ...card, cardIndex: 1 },
                ],
              }),
          ],
          catalog: [
            "interactive",
            () =>
              messages.sendInteractiveCatalogMessage({
                ...base,
                bodyText,
                parameters: { thumbnailProductRetailerId: "blue" },
              }),
          ],
          raw: [
            "interactive",
            () =>
              messages.sendInteractiveRaw({
                ...base,
                interactive: {
                  type: "button",
                  body: { text: bodyText },
                  action: { buttons: [{ type: "reply", reply: { id: "n", title: "No" } }] },
                },
              }),
          ],
        };
        return Object.fromEntries(
          Object.entries(sends).map(([kind, [type, send]]) => [
            kind,
            [type, async () => idOf(await send())],
          ]),
        );
      },
      upload: async (bytes, type) =>
        (await files.upload({ phoneNumberId, type, file: bytes.buffer, fileName: "file" })).id,
      // "always": its default leaves the key out for hosts that are not its own, and Meta's media
      // host, like ours, serves nobody without one.
      download: async (mediaId) =>
        new Uint8Array((await files.download({ mediaId, auth: "always" })) as ArrayBuffer),
      remove: async (mediaId) => (await files.delete({ mediaId, phoneNumberId })).success,
      markRead: async (messageId) =>
        (await messages.markRead({ phoneNumberId, messageId })).success,
      showTyping: async (messageId) =>
        (
          await messages.markRead({
            phoneNumberId,
            messageId,
            typingIndicator: { type: "text" },
          })
        ).success,
      read(refusal) {
        if (!(refusal instanceof GraphApiError)) throw refusal;
        const { code, category, type, retry } = refusal;
        const knowsWhen = retry.retryAfterMs !== undefined;
        return { code, category, type, action: retry.action, knowsWhen };
      },
    };
  },
  {
    closedWindow: {
      code: 131047,
      category: "reengagementWindow",
      type: "OAuthException",
      action: "do_not_retry",
      knowsWhen: false,
    },
    busyNumber: {
      code: 130429,
      category: "throttling",
      type: "OAuthException",
      action: "retry_after",
      knowsWhen: true,
    },
  },
  (suite) => {
    it("walks through templates with its own key, and sees no token of Meta's", async () => {
      const { world } = suite();
      const client = clientOf(world.tandem);
      const { templates } = client;
      const businessAccountId = world.business.wabaId;
      const components = [{ type: "BODY", text: "Thank you" }];
      const given = { name: "thanks", language: "en_US", category: "UTILITY", components };
      await templates.create({ businessAccountId, ...given });
      const page = await templates.list({ businessAccountId, limit: 2 });
      expect(page.data.map(({ name }) => name)).toEqual(["hello_world", "order_update"]);
      const next = (page.paging as { next?: string }).next ?? "";
      expect(next).toMatch(new RegExp(`^${world.tandem.url}/v24.0/`));
      expect(JSON.stringify(page)).not.toContain("access_token");
      const followed = await client.fetch(next);
      const second = (await followed.json()) as { data: { name: string }[] };
      expect(second.data.map(({ name }) => name)).toEqual(["thanks"]);
      await templates.delete({ businessAccountId, name: "thanks" });
      const left = await templates.list({ businessAccountId });
      expect(left.data.map(({ name }) => name)).not.toContain("thanks");
    });

    it("reads the refusal to register as one to mend, not to repeat, and Meta hears nothing", async () => {
      const { world } = suite();
      const { phoneNumbers } = clientOf(world.tandem);
      const { phoneNumberId } = world.business;
      for (const call of [
        () => phoneNumbers.register({ phoneNumberId, pin: "123456" }),
        () => phoneNumbers.deregister({ phoneNumberId }),
      ]) {
        const refusal = await call().catch((err: unknown) => err);
        expect(refusal).toBeInstanceOf(GraphApiError);
        expect(refusal).toMatchObject({ code: 100, retry: { action: "fix_and_retry" } });
      }
      expect(world.simulator.ledger.violations).toEqual([]);
    });
  },
);
