using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>A verb with the flags of its settings.</summary>
internal abstract class Verb : Command
{
    private readonly Dictionary<Setting, Option<string?>> flags = [];

    protected Verb(string name, string description, VerbContext context, params IReadOnlyList<Setting> settings)
        : base(name, description)
    {
        Context = context;
        foreach (var setting in settings.Where(s => !s.IsSecret))
        {
            var option = new Option<string?>(setting.Flag) { Description = $"{setting.Description} [{setting.Variable}]" };
            flags.Add(setting, option);
            Options.Add(option);
        }

        SetAction((parsed, cancellationToken) =>
        {
            var reader = Context.Read(setting => flags.TryGetValue(setting, out var option) ? parsed.GetValue(option) : null);
            foreach (var value in Arguments.OfType<ICheckedValue>().Concat(Options.OfType<ICheckedValue>()))
            {
                value.Check(parsed, reader.Mistake);
            }

            return RunAsync(parsed, reader, cancellationToken);
        });
    }

    protected VerbContext Context { get; }

    /// <summary>Does the work. Mistakes of the values are in the reader already: it throws them together with those that are found later, before a store is opened.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken);
}
