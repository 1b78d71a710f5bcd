// All tests, in one process that shares a browser and a page.

import "./edit.test.js";
import "./views.test.js";
import "./link.test.js";
import "./look.test.js";
import "./hostile.test.js"; // it breaks the workers of the page
