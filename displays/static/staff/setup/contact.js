// The hall's street address and telephone number.

import { fill, h, say } from "../page.js";
import { may, save, saveButton, state } from "./parts.js";

const KINDS = { address_zh: "text", address_en: "text", phone: "tel" };
const LONGEST = { address_zh: 200, address_en: 200, phone: 40 };

/** Draw what citizens read of where the hall is; empty fields are shown nowhere. */
export function drawContact(place) {
  const { contact } = state.setup;
  const form = h("div", { class: "setup-form" });
  const fields = Object.entries(KINDS).map(([name, type]) => {
    const field = h("input", { class: "input", type, id: `contact-${name}`, value: contact[name], maxlength: LONGEST[name], disabled: !may });
    return { name, field, row: h("div", { class: "field setup-field" }, h("label", { for: field.id }, say(name)), field) };
  });
  const button = saveButton(form, () => {
    const said = Object.fromEntries(fields.map(({ name, field }) => [name, field.value]));
    save("PUT", "/setup/contact", { ...said, base: contact.base }, { from: form });
  });
  form.append(...fields.map(({ row }) => row), ...(button ? [button] : []));
  fill(place, form);
}
