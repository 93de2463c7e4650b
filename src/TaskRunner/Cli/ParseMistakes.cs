using System.CommandLine;
using System.CommandLine.Parsing;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>What is wrong with the form of a command line, in sentences of ours: which verb, which flag, what is missing. Values are checked by verbs, all of them at once.</summary>
internal static class ParseMistakes
{
    /// <summary>The sentences; none when verb, flags and number of values are right.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed, string program)
    {
        var command = parsed.CommandResult;
        var path = PathOf(command, program);
        if (parsed.Action is { ClearsParseErrors: true })
        {
            return [];
        }

        // What follows an unknown flag may be its value, and that may be a secret: nothing that could be one is repeated.
        if (UnknownFlags(parsed) is { Count: > 0 } unknown)
        {
            return [.. unknown.Select(flag => DescribeUnknown(flag, command.Command, path))];
        }

        var mistakes = parsed.Errors.Select(e => Describe(e, parsed, path)).OfType<string>().ToList();

        // What follows a verb that is not there belongs to it, whatever it is.
        var unmatched = command.Command.Subcommands.Count > 0 ? parsed.UnmatchedTokens.Take(1) : parsed.UnmatchedTokens;
        mistakes.AddRange(unmatched.Select(token => DescribeUnmatched(token, command.Command, path)));
        if (command.Command.Action is null && parsed.UnmatchedTokens.Count == 0 && mistakes.Count == 0)
        {
            mistakes.Add($"A verb is missing after '{path}': {Names(command.Command.Subcommands)}.");
        }

        return [.. mistakes.Distinct()];
    }

    /// <summary>The verb with those before it, as it is typed: <c>taskrunner inspect queues</c>.</summary>
    public static string PathOf(CommandResult command, string program)
    {
        var names = new List<string>();
        for (var c = command; c.Parent is CommandResult parent; c = parent)
        {
            names.Insert(0, c.Command.Name);
        }

        return string.Join(' ', names.Prepend(program));
    }

    private static IReadOnlyList<string> UnknownFlags(ParseResult parsed)
    {
        var dashes = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Count(t => t.Type == TokenType.Argument);
        var ofOptions = OptionTokens(parsed.RootCommandResult);
        return
        [
            .. parsed.Tokens.Where(t => t.Type == TokenType.Argument)
                .Take(dashes)
                .Where(t => !ofOptions.Contains(t) && LooksLikeFlag(t.Value))
                .Select(t => t.Value).Distinct(StringComparer.Ordinal),
        ];
    }

    // Tokens are told apart by reference: the same text may be the value of one flag and stand alone elsewhere.
    private static HashSet<object> OptionTokens(CommandResult command)
    {
        var found = new HashSet<object>(ReferenceEqualityComparer.Instance);
        foreach (var child in command.Children)
        {
            found.UnionWith(child is CommandResult inner ? OptionTokens(inner) : child is OptionResult option ? option.Tokens : []);
        }

        return found;
    }

    // A dash alone is standard input, and -5 is a number.
    private static bool LooksLikeFlag(string text) => text.Length > 1 && text[0] == '-' && !char.IsAsciiDigit(text[1]);

    private static string DescribeUnknown(string text, Command command, string path)
    {
        var name = FlagName(text);
        if (Settings.All.FirstOrDefault(s => s.IsSecret && s.Flag == name) is { } secret)
        {
            return $"'{name}' is not a flag: command lines are visible to others. Set {secret.Variable}, or {secret.Variable}_FILE.";
        }

        return $"'{path}' has no flag '{name}'.{Near.Question(name, FlagsOf(command))}";
    }

    /// <summary>The name of a flag alone: not what is glued to it.</summary>
    private static string FlagName(string text)
    {
        if (!text.StartsWith("--", StringComparison.Ordinal))
        {
            return TerminalText.OneLine(text[..2]);
        }

        var length = text.AsSpan(2).IndexOfAnyExcept(System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"));
        return text[..Math.Min(length < 0 ? text.Length : length + 2, 50)];
    }

    private static IEnumerable<string> FlagsOf(Command command) => command.Options.Where(o => !o.Hidden).SelectMany(o => o.Aliases.Prepend(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal));

    // A verb that is there is unmatched only behind two dashes: those end verbs and flags.
    private static string DescribeUnmatched(string token, Command command, string path) => command.Subcommands.Any(c => c.Name == token)
        ? $"'{token}' stands behind '--', and what stands there is no verb: write '{path} {token}'."
        : command.Subcommands.Count > 0
        ? $"'{path}' has no verb '{TerminalText.Quote(token)}'.{(Near.To(token, command.Subcommands.Select(s => s.Name)) is { Count: > 0 } ? Near.Question(token, command.Subcommands.Select(s => s.Name)) : $" It has {Names(command.Subcommands)}.")}"
        : $"'{TerminalText.Quote(token)}' is one value too many for '{path}'.";

    private static string? Describe(ParseError error, ParseResult parsed, string path) => error.SymbolResult switch
    {
        OptionResult option => DescribeOption(option),
        ArgumentResult { Parent: OptionResult option } => DescribeOption(option),
        ArgumentResult argument => DescribeArgument(argument.Argument, argument.Tokens.Count, path),
        _ when parsed.UnmatchedTokens.Count > 0 || parsed.CommandResult.Command.Action is null => null,
        CommandResult command when command.Command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && (command.GetResult(a)?.Tokens.Count ?? 0) == 0) is { } missing =>
            DescribeArgument(missing, 0, path),
        CommandResult command when command.Command.Options.FirstOrDefault(o => o.Required && command.GetResult(o) is null) is { } needed =>
            $"{needed.Name} is missing: {needed.Description}.",
        _ => $"The command line of '{path}' is not valid.",
    };

    private static string DescribeOption(OptionResult result)
    {
        var option = result.Option;
        return option switch
        {
            VersionOption => $"{option.Name} stands alone.",
            { ValueType: var type } when type == typeof(bool) => $"{option.Name} takes no value.",
            _ when result.IdentifierTokenCount == 0 && option.Required => $"{option.Name} is missing: {option.Description}.",
            _ when result.Tokens.Count == 0 => $"{option.Name} needs a value.",
            _ => $"{option.Name} is given {result.Tokens.Count} times: give it once.",
        };
    }

    private static string DescribeArgument(Argument argument, int given, string path) => given == 0
        ? $"{argument.Name} is missing after '{path}': {argument.Description}."
        : $"{argument.Name} of '{path}' takes {argument.Arity.MaximumNumberOfValues} value(s), and {given} were given.";

    private static string Names(IEnumerable<Command> commands) => string.Join(", ", commands.Where(c => !c.Hidden).Select(c => c.Name));
}
