using Xunit.Abstractions;
using Xunit.Sdk;

namespace ClusterTests.Cluster;

/// <summary>Makes a <see cref="ClusterTestCase"/> of each method with a <see cref="ClusterFactAttribute"/>.</summary>
public sealed class ClusterFactDiscoverer(IMessageSink diagnosticMessageSink) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
    [
        new ClusterTestCase(diagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod),
    ];
}
