import type { Texts } from "./texts.ts";

/** What the owner of a shop reads, in English. Another language is one more file like this. */
export const en: Texts = {
  lang: "en",
  title: (partner) => `Connect your WhatsApp number to ${partner}`,
  titleReauthorise: (partner) => `Renew ${partner}’s access to your WhatsApp number`,
  skip: "Skip to the main content",
  noScript: "This page needs JavaScript to open Meta’s window. Please switch it on and reload.",
  footer:
    "Your WhatsApp Business app stays on your phone. You can disconnect at any time in the app: Settings > Account > Business Platform.",
  meta: "In Meta’s window",
  phone: "On your phone",
  here: "On this page",
  idle: {
    meta: "Nothing to click: it waits for your phone.",
    phone: "Nothing to do at this step.",
  },
  steps: {
    label: "The eleven steps",
    count: (step, all) => `Step ${step} of ${all}`,
    done: "done",
    current: "you are here",
    list: {
      start: {
        title: "Choose to connect your app",
        here: "Enter the number of your WhatsApp Business app and read what changes.",
        phone: "Nothing to do yet. Keep the phone near you and charged.",
      },
      login: {
        title: "Log in with Facebook",
        meta: "Log in with the Facebook account that looks after your business, then click Continue.",
      },
      portfolio: {
        title: "Choose your business",
        meta: "Pick the group of business assets that your shop belongs to. If you have none, create one: a name is enough.",
      },
      account: {
        title: "Choose the WhatsApp Business app",
        meta: "Choose to connect the account you use in the WhatsApp Business app. Do not choose a new number: that leads somewhere else.",
      },
      number: {
        title: "Enter your number",
        meta: "Type the number of your WhatsApp Business app and click Continue.",
      },
      qr: {
        title: "A QR code appears",
        meta: "Leave the code on this screen. It is renewed by itself when it gets old.",
        phone: "Unlock the phone that has the number and open the WhatsApp Business app.",
      },
      scan: {
        title: "Scan it with your phone",
        phone:
          "Tap the camera at the top right of the app and point it at the code. When the next screen comes up, tap “Connect to the Business Platform”.",
      },
      history: {
        title: "Share your chats, or not",
        phone:
          "The phone asks whether to share your earlier chats. Both answers are fine: you can connect without sharing.",
      },
      confirm: {
        title: "Confirm your account",
        meta: "Meta may ask you to scan a code once more. Then its window closes.",
        phone: "If the window shows another code, scan it the same way.",
        here: "Check the name, the number and the time zone that appear here.",
      },
      bind: {
        title: "Wait for Meta",
        here: "You click Confirm, and Meta ties your number to the platform. This takes seconds, sometimes a few minutes.",
      },
      finish: {
        title: "Finished",
        here: "You see here what arrives from your phone.",
        phone: "The app shows the connection too, under Settings > Account > Business Platform.",
      },
    },
  },
  start: {
    heading: "Which number do you want to connect?",
    lead: (partner) =>
      `${partner} will be able to answer your customers on this number together with you. You go on using the WhatsApp Business app as you do today.`,
    label: "Number of your WhatsApp Business app",
    hint: "With the country code, for example +55 11 91234 5678",
    button: "Check this number",
    busy: "Checking…",
    promise: {
      heading: "Before you begin",
      items: [
        "The number and your chats stay in the app on your phone.",
        "It takes about five minutes. Have the phone with the number in your hand.",
        "Until Meta’s last screen nothing is connected: you can close everything and come back.",
        "You can disconnect later in the app whenever you want.",
      ],
    },
  },
  refusals: {
    invalid:
      "This is not a complete phone number. Start with + and the country code, then the whole number.",
    country: (country) =>
      `Numbers from ${country} cannot be connected at present: this service does not take on app numbers with that country code. Use the number of another country, or ask the company that sent you this link.`,
    unknownCountry: "that country",
  },
  ready: {
    heading: "Get ready, then open Meta’s window",
    headingReauthorise: "Give access once more",
    lead: "Meta asks you a few things in a window of its own. This page stays beside it and tells you what to do.",
    leadReauthorise:
      "The access that you gave earlier is running out, or was withdrawn. Your number stays connected and no chats are shared again: Meta only asks for your permission anew.",
    number: "Your number",
    change: "Use another number",
    checklist: "Tick what is true",
    checks: {
      version: (version) => `My WhatsApp Business app is version ${version} or higher.`,
      versionHow:
        "Where to look: in the app, Settings > Help > App info. Older? Update it in your phone’s app store first.",
      hand: "The phone with this number is here, and its camera works.",
      devices: "I know that my other linked devices will be logged out.",
      devicesHow: (max) =>
        `Computers and tablets that you linked are unlinked once. Afterwards you can link up to ${max} again, but not WhatsApp for Windows and not Wear OS watches: messages from those would not reach the platform.`,
    },
    button: "Continue with Facebook",
    again: "Open Meta’s window again",
    loading: "Loading Meta’s window…",
  },
  changes: {
    heading: "What changes in your app",
    lead: "Most things stay as they are. Three are switched off in one-to-one chats while you are connected, and broadcast lists can only be read.",
    table: "All features, one by one",
    columns: { feature: "Feature", app: "In your app", api: "On the platform" },
    app: { same: "Stays", read_only: "Read only", off: "Switched off" },
    api: { mirrored: "Yes, both ways", synced: "Yes", none: "No" },
  },
  features: {
    chats: {
      name: "One-to-one chats",
      app: "Stay as they are. Editing and deleting for everyone work too.",
      api: "New messages appear on both sides, whoever writes them. The last six months can be shared.",
    },
    contacts: {
      name: "Contacts",
      app: "Stay as they are.",
      api: "Contacts that have a WhatsApp number are taken over and kept up to date.",
    },
    groups: {
      name: "Group chats",
      app: "Stay as they are.",
      api: "Groups stay private: they are never shared.",
    },
    disappearing: {
      name: "Disappearing messages",
      app: "Switched off for all one-to-one chats.",
      api: "Not available.",
    },
    view_once: {
      name: "View-once photos and videos",
      app: "Switched off for all one-to-one chats.",
      api: "Not available.",
    },
    live_location: {
      name: "Live location",
      app: "Switched off for all one-to-one chats.",
      api: "Not available.",
    },
    broadcasts: {
      name: "Broadcast lists",
      app: "You can read the lists you have, but not use them or make new ones.",
      api: "Not available.",
    },
    calls: {
      name: "Voice and video calls",
      app: "Stay as they are.",
      api: "Calls ring on your phone only.",
    },
    business_tools: {
      name: "Catalog, orders and status",
      app: "Stay as they are.",
      api: "Only in your app.",
    },
    messaging_tools: {
      name: "Greeting and away messages, quick replies, labels, marketing messages",
      app: "Stay as they are. If the platform answers by itself, switch off your own automatic messages, or customers get both.",
      api: "Only in your app.",
    },
    profile: {
      name: "Business profile (name, address, website)",
      app: "Stays as it is.",
      api: "Only in your app.",
    },
    channels: { name: "Channels", app: "Stay as they are.", api: "Only in your app." },
  },
  history: {
    heading: "Sharing earlier chats: your choice",
    lead: "Your phone asks you this in step 8. You decide there, not on this page, and you can say no.",
    yes: "If you share",
    yesItems: (days, mediaDays) => [
      `One-to-one messages of the last ${days} days are copied to the platform.`,
      "No group chats and no disappearing messages.",
      `Photos, voice messages and files only of the last ${mediaDays} days; older ones show as “file not shared”.`,
    ],
    no: "If you do not share",
    noItems: [
      "No earlier message leaves your phone.",
      "Everything new is shown on both sides all the same.",
    ],
    once: "Meta asks once. To share later you would have to disconnect and connect again.",
  },
  onPhone: {
    heading: "Please open this link on a computer",
    lead: "In a few steps your phone has to scan a code from a screen. It cannot scan its own screen, so you need a computer beside you.",
    how: "Send yourself this link, then open it on the computer:",
    link: "Your link",
    share: "Share the link",
    copy: "Copy the link",
    copied: "Copied.",
    anyway: "This is not the phone with the number: go on here",
    caution: "Keep the link to yourself: whoever has it can go on in your name.",
  },
  popup: {
    heading: "Follow Meta’s window",
    lead: "Meta’s window is open beside this page. Here is what comes next; go on at your own pace.",
    typeThis: "The number to type:",
    back: "Back",
    next: "Next",
    focus: "I cannot see the window",
    hidden: "It may be behind this one. Look for it in the bar of your computer, or open it again:",
    listening: "This page moves on by itself as soon as Meta has finished.",
  },
  working: {
    exchanging: {
      heading: "Meta has answered. We are checking.",
      lead: "We make sure that the permission is for your account and find your number. Please leave this page open for a moment.",
    },
    waiting: {
      heading: "Meta is still preparing your number",
      lead: "Your permission has arrived, but Meta does not list your number yet. That is normal in the first minutes. We ask again by ourselves; you may close this page and come back with the same link.",
      notOnApp:
        "So far Meta shows only numbers of this account that are not in the app. It can be some minutes late; we go on asking for a quarter of an hour.",
      meanwhile: "Keep the WhatsApp Business app open on your phone while you wait.",
      again: "Ask Meta now",
    },
    confirming: {
      heading: "Connecting your number",
      lead: "Meta is tying your number to the platform. Your phone shows it too in a moment.",
      slow: "It takes longer than a minute?",
      slowHow: "Nothing is lost. Confirm once more:",
    },
  },
  confirm: {
    heading: "Is this your account?",
    lead: "Meta has given us these details. Please look them over before you confirm.",
    name: "Business name",
    number: "Number",
    currency: "Currency",
    country: "Country",
    notKnown: "not given by Meta",
    pick: "Your account has several numbers. Which one do you want to connect?",
    otherNumber: (entered) =>
      `This is not the number you entered on this page (${entered}). If that is not what you want, close this page and ask for a new link.`,
    zone: "Time zone",
    zoneMissing:
      "Your account has no time zone yet. Choose the one you work in: without it Meta sends none of your messages.",
    zoneSet: "From your account. Change it only if it is wrong.",
    zoneByHand:
      "We cannot write it to your account. Please also set it in Meta’s WhatsApp Manager, under the settings of your account.",
    choose: "Choose a time zone",
    sync: "What we ask your phone for",
    contacts: "Contacts: names and numbers from your app",
    history: "Earlier chats, if you agreed to that on your phone",
    clock: (hours) =>
      hours <= 1
        ? "Meta allows this for less than one hour more. After that you would have to start over."
        : `Meta allows this for ${hours} hours more. If you do not confirm in time, you would have to start over.`,
    button: "Confirm",
    busy: "Connecting…",
    checks: "Technical checks",
    check: { proven: "fine", missing: "missing", unproven: "could not be checked" },
  },
  finished: {
    heading: "Your number is connected",
    headingReauthorise: "Access is renewed",
    lead: "The app on your phone works on as before. From now on new messages are shown on both sides.",
    leadReauthorise: "Nothing else has changed: your number was connected all the time.",
    contacts: "Contacts",
    history: "Earlier chats",
    keepOpen:
      "Leave the WhatsApp Business app open, the phone charging and on Wi-Fi until both are done. You may close this page.",
    contactCount: (count, areAll) =>
      `${count} ${count === 1 ? "contact" : "contacts"}${areAll ? "" : " so far"}`,
    percent: (percent) => `${percent} %`,
    next: "What now?",
    nextItems: (max) => [
      "In the app, look at Settings > Account > Business Platform: the connection is shown there.",
      `Link your computers and tablets again (up to ${max}; WhatsApp for Windows and Wear OS do not work with it).`,
      "Open the app on your phone at least once a week: after about two weeks without it Meta ends the connection.",
    ],
    ownPayment:
      "Meta charges for some kinds of messages. Add your own way to pay in Meta’s WhatsApp Manager; until then those are not sent.",
    back: (partner) => `Back to ${partner}`,
    sync: {
      none: "Not asked for.",
      not_requested: "Not asked for, as you chose.",
      requested: "Asked for. The first part can take up to half an hour.",
      unknown: "Asked for. Waiting for what arrives.",
      importing: "Arriving from your phone.",
      complete: "Everything has arrived.",
      incomplete:
        "Some of it did not arrive. The company that sent you the link can see what is missing.",
      declined: "Not shared: you chose that on your phone. Everything new is shown all the same.",
      stalled:
        "Nothing has come for a while. Open the WhatsApp Business app and keep the phone charging.",
      expired: "The time that Meta allows for it is over.",
      failed: "Meta refused the request. New messages are not affected.",
    },
  },
  expired: {
    heading: "This link has expired",
    lead: (partner) => `Ask ${partner} for a new link. Nothing was changed in your app by waiting.`,
  },
  unknownLink: {
    heading: "We do not know this link",
    lead: "It may have been cut off when it was copied. Open it again from the message you were sent, or ask for a new one.",
  },
  problems: {
    expired_code: {
      title: "Meta’s permission came too late",
      text: "It is valid for half a minute only, and works once. Nothing is lost: open Meta’s window again.",
    },
    exchange_unknown: {
      title: "Meta did not answer us",
      text: "We cannot tell whether it took your permission, so we do not use it twice. Open Meta’s window again; it remembers what you chose.",
    },
    not_listed: {
      title: "Meta does not show your number yet",
      text: "That can take some minutes. If it goes on for longer than an hour, open Meta’s window again.",
    },
    foreign_token: {
      title: "The permission is not for this service",
      text: "Open Meta’s window from this page again, and go through it to the end.",
    },
    another_account: {
      title: "That was another account",
      text: "Your number belongs to a different WhatsApp Business account. Open Meta’s window again and choose the one that is connected already.",
    },
    pick_number: {
      title: "Choose a number",
      text: "Your account has several numbers. Choose the one you want to connect below.",
    },
    pick_zone: {
      title: "Choose a time zone",
      text: "Without a time zone Meta sends none of your messages. Choose the one you work in below.",
    },
    webhooks_missing: {
      title: "This service is not ready for your chats yet",
      text: "Contacts and chats can be asked for only once, and at the moment they would not reach us. You have done nothing wrong: tell the company that sent you this link, and confirm again when it says so.",
    },
    credit_refused: {
      title: "Meta refused the payment line for your account",
      text: "You can do nothing about it on this page. Tell the company that sent you this link; then confirm again.",
    },
    credit_unknown: {
      title: "Meta did not answer about the payment line",
      text: "We do not know whether it is in place. Wait a minute, then confirm again.",
    },
    currency_missing: {
      title: "Your account has no currency yet",
      text: "Choose one in Meta’s WhatsApp Manager, under the settings of your account. Then confirm again.",
    },
    currency_unsupported: {
      title: "Your account’s currency cannot be used here",
      text: "The payment line of this service is not offered in it. Tell the company that sent you this link: it knows which currencies will do.",
    },
    too_late: {
      title: "The time that Meta allows is over",
      text: "Contacts and chats can be asked for within a day of Meta’s window. To share them, disconnect in the app (Settings > Account > Business Platform) and start again with a new link.",
    },
    not_covered: {
      title: "The permission is for another account",
      text: "Meta’s window gave us access to an account other than the one you chose. Open it again, and choose the same WhatsApp Business account on every screen.",
    },
    no_coexistence_number: {
      title: "There is no app number in this account",
      text: "The account you chose has no number that is in use in the WhatsApp Business app. Open Meta’s window again and choose to connect the WhatsApp Business app.",
    },
    held_elsewhere: {
      title: "This number is connected to another company",
      text: "Disconnect it first on your phone: in the WhatsApp Business app, Settings > Account > Business Platform, then “Unlink Account” or “Disconnect”. Afterwards come back to this page.",
    },
    foreign_credit: {
      title: "Another company still pays for your account",
      text: "A company that you worked with before still shares its payment line with your WhatsApp account, so ours cannot be added. Ask that company to take it back, or ask Meta’s business support to remove it. Then try again.",
    },
    wrong_branch: {
      title: "That was another way through Meta’s window",
      text: "You set up a new number or an account without your app. Your app was not connected, and nothing was used up. Open Meta’s window again and, when it asks what to connect, choose your WhatsApp Business app.",
    },
    cancelled: {
      title: "Meta’s window was closed before the end",
      text: "Nothing was connected. Open it again when you are ready.",
    },
    popup_error: {
      title: "Meta’s window reported a problem",
      text: "Wait a minute and open it again. If it happens again, tell the company that sent you this link; it can see the number of the error that you reported.",
    },
    meta_error: {
      title: "Meta reported a problem",
      text: "Wait a minute and open its window again. If it happens again, tell the company that sent you this link; it can see Meta’s error number.",
    },
    popup_blocked: {
      title: "Your browser did not open Meta’s window",
      text: "It blocks new windows on this page. Allow pop-up windows for this page (look for a symbol in the address bar), then click the button again.",
    },
    sdk: {
      title: "Meta’s sign-in could not be loaded",
      text: "An ad or tracking blocker may be holding it back. Switch it off for this page and reload, or use another browser.",
    },
    not_configured: {
      title: "This service is not ready to connect numbers",
      text: "It lacks a setting of its own. Please tell the company that sent you this link; you can do nothing wrong here.",
    },
    offline: {
      title: "We could not reach our server",
      text: "Look at your internet connection, then try again. What you did so far is kept.",
    },
    code_lost: {
      title: "Meta’s answer did not reach us",
      text: "Its permission lives half a minute only. Open Meta’s window again; it remembers what you chose.",
    },
    other: {
      title: "Something did not work",
      text: "Open Meta’s window again. If it happens again, tell the company that sent you this link.",
    },
  },
  stoppedAt: (step) => `You had reached: ${step}.`,
  reported: "For support",
};
