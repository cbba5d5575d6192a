// Mends what keeps mdBook's pages from people who use a keyboard or a screen reader. The browser
// tests say what would be wrong without it.
(() => {
  'use strict';

  makeSidebarToggleAButton();
  addSkipLink();
  document.getElementById('mdbook-menu-bar').setAttribute('role', 'banner');
  nameTheSearch();
  letTheKeyboardScroll();

  /** mdBook's toggle is a label, which no key reaches. */
  function makeSidebarToggleAButton() {
    const label = document.getElementById('mdbook-sidebar-toggle');
    const checkbox = document.getElementById('mdbook-sidebar-toggle-anchor');
    const button = document.createElement('button');
    button.id = 'sidebar-button';
    button.type = 'button';
    button.className = label.className;
    button.title = label.title;
    button.setAttribute('aria-label', label.title);
    button.setAttribute('aria-controls', 'mdbook-sidebar');
    button.append(...label.childNodes);
    label.hidden = true;
    label.before(button);
    const tell = () => button.setAttribute('aria-expanded', String(checkbox.checked));
    button.addEventListener('click', () => label.click());
    checkbox.addEventListener('change', tell);
    // mdBook hides a closed sidebar at the end of its transition. Closed before it has begun to
    // open, it has none, and would stay where the keyboard finds its links.
    const sidebar = document.getElementById('mdbook-sidebar');
    checkbox.addEventListener('change', () => {
      if (!checkbox.checked && sidebar.getAnimations().length === 0) sidebar.style.display = 'none';
    });
    tell();
  }

  function addSkipLink() {
    const main = document.querySelector('main');
    main.id ||= 'content';
    main.tabIndex = -1;
    const link = document.createElement('a');
    link.className = 'skip-link';
    link.href = `#${main.id}`;
    link.textContent = 'Skip to the text';
    const banner = document.getElementById('mdbook-menu-bar');
    banner.prepend(link);
  }

  /** mdBook names the field by what it holds while it is empty, outside of all landmarks. */
  function nameTheSearch() {
    document.getElementById('mdbook-search-wrapper').setAttribute('role', 'search');
    const field = document.getElementById('mdbook-searchbar');
    field.setAttribute('aria-label', 'Search this book');
  }

  /** What scrolls sideways must be reachable, or its right end is out of reach without a mouse. */
  function letTheKeyboardScroll() {
    const boxes = document.querySelectorAll('pre > code, .table-wrapper');
    const update = () =>
      boxes.forEach((box) => {
        if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
        else box.removeAttribute('tabindex');
      });
    // The same keys turn the book's pages, but not while a box that they scroll has the focus.
    boxes.forEach((box) =>
      box.addEventListener('keydown', (event) => {
        if (box.tabIndex === 0 && event.key.startsWith('Arrow')) event.stopPropagation();
      }),
    );
    new ResizeObserver(update).observe(document.querySelector('main'));
    document.fonts.ready.then(update);
  }
})();
