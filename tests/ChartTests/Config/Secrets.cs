using System.Text;
using ChartTests.Rendering;

namespace ChartTests.Config;

internal static class Secrets
{
    /// <summary>The texts of the Secret whose name ends so; empty when there is none.</summary>
    public static Dictionary<string, string> Decode(Manifests manifests, string name) =>
        manifests.Has("Secret", name: name)
            ? manifests.Single("Secret", name: name).At("data")!.AsObject()
                .ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString(Convert.FromBase64String(pair.Value!.ToString())))
            : [];
}
