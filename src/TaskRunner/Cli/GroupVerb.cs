using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Flows;

namespace TaskRunner.Cli;

/// <summary><c>group show|cancel ID</c>: looks at the groups of flows, and ends them.</summary>
internal sealed class GroupVerb : Command
{
    public GroupVerb(VerbContext context)
        : base("group", "Look at a group of tasks, or cancel it.")
    {
        Subcommands.Add(new Show(context));
        Subcommands.Add(new Cancel(context));
    }

    private abstract class OnGroup : Verb
    {
        private readonly IdArgument id = new("Id of the group");

        protected OnGroup(string name, string description, VerbContext context)
            : base(name, description, context, Settings.Stores)
        {
            Arguments.Add(id);
            Options.Add(Output);
        }

        protected ChoiceOption Output { get; } = OutputFormat.Create();

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            if (await ActAsync(stores.Broker, id.ValueIn(parsed), cancellationToken) is not { } group)
            {
                await Context.Error.WriteLineAsync($"No group {id.ValueIn(parsed)} is known: the id is wrong, or nothing happened in it for 7 days.");
                return ExitCode.NotFound;
            }

            await (parsed.IsJson(Output) ? Context.Output.WriteLineAsync(JsonSerializer.Serialize(GroupView.Of(group), CliJson.Default.GroupView)) : PrintAsync(group));
            return ExitCode.Ok;
        }

        protected abstract Task<GroupRecord?> ActAsync(RedisBroker broker, Guid group, CancellationToken cancellationToken);

        private async Task PrintAsync(GroupRecord group)
        {
            (string Name, string? Value)[] lines =
            [
                ("id", group.Id.ToString()),
                ("state", group.State),
                ("members", group.Plan.Members.Count.ToString(CultureInfo.InvariantCulture)),
                ("succeeded", group.Succeeded.ToString(CultureInfo.InvariantCulture)),
                ("failed", group.Failed.ToString(CultureInfo.InvariantCulture)),
                ("next", group.Next),
                ("problem", group.Problem),
            ];
            await Context.Output.WriteLineAsync(Fields.Of(lines));
            await Context.Output.WriteLineAsync();
            var table = new Table("MEMBER", "ID", "TASK", "QUEUE", "STATE", "OUTPUT OR ERROR");
            foreach (var member in GroupView.Of(group).Tasks)
            {
                table.Add(
                    member.Member.ToString(CultureInfo.InvariantCulture), member.Id.ToString(), member.Task, member.Queue, member.State ?? "", member.Error ?? (member.Output is { } json ? json.GetRawText() : ""));
            }

            await Context.Output.WriteAsync(table.ToString());
        }
    }

    private sealed class Show(VerbContext context) : OnGroup("show", "Show how far a group is.", context)
    {
        protected override Task<GroupRecord?> ActAsync(RedisBroker broker, Guid group, CancellationToken cancellationToken) => broker.ReadGroupAsync(group, cancellationToken);
    }

    private sealed class Cancel(VerbContext context)
        : OnGroup("cancel", "Cancel a group: nothing of it starts any more, neither what follows nor its error step, and tasks that have not ended are cancelled.", context)
    {
        protected override Task<GroupRecord?> ActAsync(RedisBroker broker, Guid group, CancellationToken cancellationToken) => GroupCancellation.CancelAsync(broker, group, cancellationToken);
    }
}
