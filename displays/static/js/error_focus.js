// After a wrong answer the summary is where reading goes on.
document.getElementById("errors")?.focus();
