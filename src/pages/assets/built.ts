// Written by scripts/write-assets.ts from src/pages/*/client; run `npm run assets`.
/* oxfmt-ignore */ export const ASSETS = {
 "connect.js": "/assets/connect-3954f3a1354e.js",
 "connect.css": "/assets/connect-82f87d987e41.css",
 "console.js": "/assets/console-395d3efe8343.js",
 "console.css": "/assets/console-6557107ee0f7.css",
 "docs.js": "/assets/docs-12dcd465e960.js",
 "docs.css": "/assets/docs-79a34601c539.css"
} as const;
