using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TaskRunner.Observability;

/// <summary>The labels of one series, in the order in which they are recorded.</summary>
internal sealed class MetricLabels
{
    private readonly KeyValuePair<string, object?>[] _tags;

    public MetricLabels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _tags = tags.ToArray();
        Text = string.Join(',', _tags.Select(tag => $"{PrometheusText.Name(tag.Key)}=\"{PrometheusText.LabelValue(Value(tag))}\""));
    }

    /// <summary>As between the braces of the text format.</summary>
    public string Text { get; }

    /// <summary>The same labels with one value for all of them.</summary>
    public static KeyValuePair<string, object?>[] Overflow(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var overflow = tags.ToArray();
        for (var i = 0; i < overflow.Length; i++)
        {
            overflow[i] = new KeyValuePair<string, object?>(overflow[i].Key, "(other)");
        }

        return overflow;
    }

    private static string Value(KeyValuePair<string, object?> tag) => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>Finds labels by a span of tags, so that recording allocates nothing.</summary>
    public sealed class Comparer : IEqualityComparer<MetricLabels>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, MetricLabels>
    {
        public bool Equals(MetricLabels? x, MetricLabels? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x._tags, y));

        public int GetHashCode(MetricLabels obj) => GetHashCode(obj._tags);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, MetricLabels other)
        {
            if (alternate.Length != other._tags.Length)
            {
                return false;
            }

            for (var i = 0; i < alternate.Length; i++)
            {
                if (alternate[i].Key != other._tags[i].Key || !Equals(alternate[i].Value, other._tags[i].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = default(HashCode);
            foreach (ref readonly var tag in alternate)
            {
                hash.Add(tag.Value);
            }

            return hash.ToHashCode();
        }

        [SuppressMessage("Performance", "CA1822", Justification = "The interface wants an instance member.")]
        public MetricLabels Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate);
    }
}
