using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
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
}
