// How the call button looks. A constructed sheet: no policy of the page it stands on forbids it.

export const style = new CSSStyleSheet();
style.replaceSync(`
  :host { all: initial; position: fixed; inset-inline-end: 1rem; inset-block-end: 1rem;
    z-index: 2147483000; font: 1rem/1.4 system-ui, sans-serif; color: #1b2430; }
  button { font: inherit; border: 0; border-radius: 2rem; padding: .75rem 1.25rem; cursor: pointer;
    background: #0b5d3b; color: #fff; min-height: 2.75rem; }
  button:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
  button.plain { background: #e6eaee; color: #1b2430; }
  button.red { background: #a61b1b; }
  button[hidden], [hidden] { display: none; }
  section { position: absolute; inset-inline-end: 0; inset-block-end: 3.5rem;
    width: min(20rem, calc(100vw - 2rem)); box-sizing: border-box; padding: 1rem;
    background: #fff; border: 1px solid #8a96a3; border-radius: 1rem;
    box-shadow: 0 .5rem 2rem rgb(0 0 0 / .25); }
  h2 { font-size: 1.1rem; margin: 0 0 .25rem; }
  p { margin: 0 0 .75rem; }
  p.hint { color: #4a5663; }
  ol { list-style: none; margin: 0 0 .75rem; padding: 0; max-height: 10rem; overflow: auto; }
  li { margin: 0 0 .4rem; padding: .4rem .6rem; border-radius: .6rem; background: #eef2f5; }
  li.caller { background: #dff0e7; margin-inline-start: 2rem; }
  div { display: flex; gap: .5rem; flex-wrap: wrap; }
  @media (prefers-color-scheme: dark) {
    section { background: #1b2430; color: #eef2f5; }
    p.hint { color: #b7c2cd; }
    li { background: #2a3542; }
    li.caller { background: #1d4433; }
  }
`);
