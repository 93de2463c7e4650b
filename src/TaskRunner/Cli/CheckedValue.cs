using System.CommandLine;

namespace TaskRunner.Cli;

/// <summary>
/// A flag or argument that checks what was given. A verb has all of its own checked before it runs, so that every mistake is reported at once and none
/// is found when a part of the work is done.
/// </summary>
internal interface ICheckedValue
{
    /// <summary>Notes what is wrong with the value that was given; nothing when none was.</summary>
    void Check(ParseResult parsed, Action<string> mistake);
}
