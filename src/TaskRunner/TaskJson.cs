using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TaskRunner;

/// <summary>How arguments and outputs are read and written where nobody says otherwise.</summary>
internal static class TaskJson
{
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Reflection is used only where the program was not trimmed: the switch is a constant there.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Reflection is used only where the program was not compiled ahead of time: the switch is a constant there.")]
    public static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        options.TypeInfoResolverChain.Add(PlainJson.Default);
        if (JsonSerializer.IsReflectionEnabledByDefault)
        {
            options.TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver());
        }

        return options;
    }

    /// <summary>Options by which a worker reads arguments: those of the program, with room for whatever may be written, and strict unless the program says otherwise.</summary>
    /// <param name="options">The program's own.</param>
    /// <param name="isStrict">Refuse what is misspelt or missing.</param>
    public static JsonSerializerOptions ForArguments(JsonSerializerOptions options, bool isStrict)
    {
        var reading = new JsonSerializerOptions(options) { MaxDepth = JsonDepth.Read };
        if (isStrict)
        {
            reading.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            reading.RespectNullableAnnotations = true;
            reading.TypeInfoResolver = reading.TypeInfoResolver?.WithAddedModifier(StrictArguments.Require);
        }

        return reading;
    }

    /// <summary>Options by which a worker reads what the step before in a flow returned: it takes what it needs of it.</summary>
    /// <param name="arguments">Options for arguments.</param>
    public static JsonSerializerOptions ForHandedOn(JsonSerializerOptions arguments) => new(arguments) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>Options by which a worker writes outputs: those of the program, and never deeper than may be written.</summary>
    public static JsonSerializerOptions ForOutputs(JsonSerializerOptions options) =>
        options.MaxDepth <= JsonDepth.Written ? options : new JsonSerializerOptions(options) { MaxDepth = JsonDepth.Written };
}
