// Written by scripts/write-assets.ts from src/pages/*/client; run `npm run assets`.
/* oxfmt-ignore */ export const ASSETS = {
 "connect.js": "/assets/connect-aeeae1a7dc3b.js",
 "connect.css": "/assets/connect-82f87d987e41.css",
 "console.js": "/assets/console-60a492b9ad9e.js",
 "console.css": "/assets/console-b0aaeca7e6eb.css",
 "docs.js": "/assets/docs-b6a7c1b40ea9.js",
 "docs.css": "/assets/docs-366efde27c63.css"
} as const;
