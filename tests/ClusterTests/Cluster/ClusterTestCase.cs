using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace ClusterTests.Cluster;

/// <summary>Runs one test; when it fails, writes the state of its release down while the release is still there.</summary>
public sealed class ClusterTestCase : SkippableFactTestCase
{
    /// <summary>For the deserializer of xunit only.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("Called by the deserializer only.", error: true)]
    public ClusterTestCase()
    {
    }

    public ClusterTestCase(IMessageSink diagnosticMessageSink, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod testMethod)
        : base([typeof(Xunit.SkipException).FullName!], diagnosticMessageSink, display, displayOptions, testMethod)
    {
    }

    public override async Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource)
    {
        var summary = await base.RunAsync(diagnosticMessageSink, messageBus, constructorArguments, aggregator, cancellationTokenSource);
        if (summary.Failed > 0)
        {
            foreach (var fixture in constructorArguments.OfType<ClusterFixture>())
            {
                await WriteDiagnosticsAsync(fixture, diagnosticMessageSink);
            }
        }

        return summary;
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "What a failed test leaves is not to end the other tests.")]
    private async Task WriteDiagnosticsAsync(ClusterFixture fixture, IMessageSink sink)
    {
        try
        {
            await fixture.WriteDiagnosticsAsync(TestMethod.Method.Name);
        }
        catch (Exception e)
        {
            sink.OnMessage(new DiagnosticMessage($"The state after {TestMethod.Method.Name} could not be written down: {e}"));
        }
    }
}
