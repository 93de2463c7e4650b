using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage(
    "Security",
    "CA2100:Review SQL queries for security vulnerabilities",
    Scope = "namespaceanddescendants",
    Target = "~N:TaskRunner.Beat",
    Justification = "Statements are constants; what is put into them is the name of a schema and of a namespace, which are checked when the settings are read.")]
[assembly: SuppressMessage(
    "Security",
    "CA2100:Review SQL queries for security vulnerabilities",
    Scope = "namespaceanddescendants",
    Target = "~N:TaskRunner.Database",
    Justification = "The same.")]
[assembly: SuppressMessage(
    "Security",
    "CA2100:Review SQL queries for security vulnerabilities",
    Scope = "namespaceanddescendants",
    Target = "~N:TaskRunner.Results",
    Justification = "The same.")]
