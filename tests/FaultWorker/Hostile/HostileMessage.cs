using System.Globalization;
using System.Text;

namespace TaskRunner.FaultWorker.Hostile;

/// <summary>One message that no sound producer writes.</summary>
/// <param name="Name">What is wrong with it, for the report of a failure.</param>
/// <param name="Bytes">The whole message.</param>
/// <param name="Id">Its first 32 bytes as Latin-1; null when the message has fewer or others share them.</param>
/// <param name="HasReadableId">Whether its first 32 bytes are hexadecimal digits.</param>
public sealed record HostileMessage(string Name, byte[] Bytes, string? Id, bool HasReadableId)
{
    /// <summary>Every kind once.</summary>
    /// <param name="seed">Keeps the ids of several callers apart, 0 to 65,535.</param>
    /// <param name="sharedKey">A key of sound tasks that some messages use, too.</param>
    public static IReadOnlyList<HostileMessage> All(int seed, string sharedKey)
    {
        var all = new List<HostileMessage>();
        foreach (var form in HostileForms.All(sharedKey))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"bad{seed & 0xffff:x4}{all.Count:x25}");
            all.Add(Make(form, id));
        }

        return all;
    }

    /// <summary>One at random, with the id given where its kind has one.</summary>
    public static HostileMessage Draw(Random random, string id, string sharedKey)
    {
        ArgumentNullException.ThrowIfNull(random);
        var forms = HostileForms.All(sharedKey);
        return Make(forms[random.Next(forms.Count)], id);
    }

    public override string ToString() => Name;

    private static HostileMessage Make(HostileForm form, string id)
    {
        var bytes = form.Write(id);
        var first = bytes.Length < 32 ? null : Encoding.Latin1.GetString(bytes, 0, 32);
        return new HostileMessage(form.Name, bytes, form.IsAlone ? first : null, first == id);
    }
}
