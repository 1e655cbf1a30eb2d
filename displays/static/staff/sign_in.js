// After a mistake the focus goes to the summary that names it.
document.getElementById("error-summary")?.focus();
