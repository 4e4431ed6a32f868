/** The counter in the title of the tab: "(3) Dialogs". Other screens set their titles as they like; it stays in front. */
let count = 0;
let watching = false;
const PREFIX = /^\(\d+\+?\) /;

function apply() {
  const bare = document.title.replace(PREFIX, "");
  const wanted = count > 0 ? `(${count > 99 ? "99+" : count}) ${bare}` : bare;
  if (document.title !== wanted) document.title = wanted;
}

/** Shows how many things wait for the person; nothing when it is zero. */
export function setTitleCount(next: number) {
  count = next;
  const title = document.querySelector("title");
  if (!watching && title) {
    watching = true;
    new MutationObserver(apply).observe(title, { childList: true, characterData: true, subtree: true });
  }
  apply();
}
