// What axe reports and the book cannot mend, because mdBook writes it. Keep this list short: each entry says
// why, and pages.test.mjs fails when one is no longer needed.
export const EXEMPTIONS = [];
