// The script of all pages. Listeners are attached to document, so they survive a swap of the body.
import "htmx.org/dist/htmx.esm.js";
import "./connection.js";
import "./forms.js";
import "./unsent_forms.js";
import "./live.js";
import "./bell.js";
import "./inbox.js";
import "./menus.js";
import "./palette.js";
import "./combobox.js";
import "./order_form.js";
import "./dialogs.js";
import "./barcode_scan.js";
import "./lists.js";
import "./time.js";
import "./toasts.js";
import "./filters.js";
