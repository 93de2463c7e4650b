using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>A verb that reads and shows: a table for people, JSON for programs.</summary>
internal abstract class ViewVerb<TView> : Verb
{
    private readonly ChoiceOption output = OutputFormat.Create();
    private readonly JsonTypeInfo<TView> json;

    protected ViewVerb(string name, string description, VerbContext context, JsonTypeInfo<TView> json)
        : base(name, description, context, Settings.Stores)
    {
        this.json = json;
        Options.Add(output);
    }

    protected sealed override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var view = await ReadAsync(stores, parsed, cancellationToken);
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(view, json));
        }
        else
        {
            await Context.Output.WriteAsync(Show(view));
        }

        return CodeOf(view);
    }

    protected abstract Task<TView> ReadAsync(StoreConnections stores, ParseResult parsed, CancellationToken cancellationToken);

    /// <summary>The view for people.</summary>
    protected abstract string Show(TView view);

    protected virtual int CodeOf(TView view) => ExitCode.Ok;
}
