// Draws the Mermaid diagrams of a page in the colours of the book's theme, and again whenever the
// theme changes. Where this script does not run, a diagram stays what it is on the page: its
// source, followed by the same thing in words.
(() => {
  'use strict';

  const blocks = [...document.querySelectorAll('pre > code.language-mermaid')];
  if (blocks.length === 0) return;

  const diagrams = blocks.map((code, index) => ({
    pre: code.parentElement,
    source: code.textContent,
    picture: pictureFor(code, index),
    index,
  }));

  /** The element a drawing goes into: one image for a screen reader, named by its accTitle. */
  function pictureFor(code, index) {
    const picture = document.createElement('div');
    picture.className = 'diagram';
    picture.setAttribute('role', 'img');
    const title = /^\s*accTitle\s*:\s*(.+)$/m.exec(code.textContent);
    picture.setAttribute('aria-label', title ? title[1].trim() : 'Diagram');
    const words = wordsAfter(code);
    if (words) {
      words.id ||= `diagram-${index}-words`;
      picture.setAttribute('aria-describedby', words.id);
    }
    return picture;
  }

  function wordsAfter(code) {
    const next = code.parentElement.nextElementSibling;
    return next && next.matches('details') ? next : null;
  }

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      background: colour('--bg'),
      text: colour('--fg'),
      box: colour('--quote-bg'),
      border: colour('--links'),
      group: colour('--table-alternate-bg'),
      dark: colour('--color-scheme') === 'dark',
      font: getComputedStyle(document.querySelector('main')).fontFamily,
    };
  }

  function configure(c) {
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: 'strict',
      theme: 'base',
      fontFamily: c.font,
      flowchart: { wrappingWidth: 260 },
      themeVariables: {
        darkMode: c.dark,
        fontFamily: c.font,
        background: c.background,
        primaryColor: c.box,
        primaryTextColor: c.text,
        primaryBorderColor: c.border,
        secondaryColor: c.group,
        secondaryTextColor: c.text,
        secondaryBorderColor: c.border,
        tertiaryColor: c.group,
        tertiaryTextColor: c.text,
        tertiaryBorderColor: c.border,
        lineColor: c.text,
        textColor: c.text,
        titleColor: c.text,
        edgeLabelBackground: c.background,
        noteBkgColor: c.group,
        noteTextColor: c.text,
        noteBorderColor: c.border,
        activationBkgColor: c.box,
        activationBorderColor: c.border,
      },
    });
  }

  let drawnIn = ''; // the colours that the page's diagrams have, or are being drawn in
  let round = 0;

  async function draw() {
    const wanted = colours();
    const key = JSON.stringify(wanted);
    if (key === drawnIn) return;
    drawnIn = key;
    const mine = ++round;
    configure(wanted);
    for (const diagram of diagrams) {
      await drawOne(diagram, mine);
      if (mine !== round) return; // the theme changed meanwhile: that call draws all of them anew
    }
  }

  async function drawOne({ pre, source, picture, index }, mine) {
    if (pre.isConnected) pre.after(picture); // Mermaid measures text where it will stand
    try {
      const { svg } = await mermaid.render(`diagram-${index}-${mine}`, source, picture);
      if (mine !== round) return;
      picture.innerHTML = svg;
      picture.dataset.theme = drawnIn;
      pre.remove();
    } catch (error) {
      picture.remove();
      console.error(`This diagram cannot be drawn: ${error.message}\n${source}`);
    }
  }

  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ['class'] });
  document.fonts.ready.then(draw);
})();
