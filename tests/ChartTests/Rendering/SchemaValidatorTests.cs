using FluentAssertions;
using Xunit;

namespace ChartTests.Rendering;

/// <summary>The validator itself: it must pass right objects and name what is wrong with each of these.</summary>
public sealed class SchemaValidatorTests
{
    private const string Right = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: app, labels: { app: x } }
        spec:
          replicas: 1
          strategy: { rollingUpdate: { maxSurge: 50%, maxUnavailable: 1 } }
          selector: { matchLabels: { app: x } }
          template:
            metadata: { labels: { app: x } }
            spec:
              containers:
                - name: app
                  resources: { limits: { cpu: 2, memory: 1.5Gi } }
                  ports: [{ containerPort: 80 }]
        """;

    [Fact]
    public void A_right_object_passes() => Validating(Right).Should().NotThrow();

    [Theory]
    [InlineData("replicas: 1", "replica: 1", ".spec.replica: is unknown")]
    [InlineData("replicas: 1", "replicas: one", ".spec.replicas: integer is expected")]
    [InlineData("replicas: 1", "replicas: 1.5", "is not whole")]
    [InlineData("replicas: 1", "replicas: \"1\"", ".spec.replicas: integer is expected")]
    [InlineData("replicas: 1", "paused: \"true\"", ".spec.paused: boolean is expected")]
    [InlineData("  selector: { matchLabels: { app: x } }", "", ".spec.selector: is required")]
    [InlineData("- name: app", "- image: app", ".containers[0].name: is required")]
    [InlineData("memory: 1.5Gi", "memory: 1.5GiB", "a quantity is expected")]
    [InlineData("memory: 1.5Gi", "memory: true", "a quantity is expected")]
    [InlineData("maxSurge: 50%", "maxSurge: true", "a number or a string is expected")]
    [InlineData("matchLabels: { app: x }", "matchLabels: { app: 1 }", ".matchLabels.app: string is expected")]
    [InlineData("[{ containerPort: 80 }]", "{ containerPort: 80 }", "a list is expected")]
    [InlineData("metadata: { labels: { app: x } }", "metadata: []", "an object is expected")]
    [InlineData("containerPort: 80", "containerPort: 80, hostPorts: 1", "hostPorts: is unknown")]
    [InlineData("kind: Deployment", "kind: Deploymint", "no schema describes apps/v1/Deploymint")]
    public void A_wrong_object_is_caught(string text, string replacement, string mistake)
    {
        var wrong = Right.Replace(text, replacement, StringComparison.Ordinal);

        Validating(wrong).Should().Throw<SchemaException>().WithMessage($"*{mistake}*");
    }

    [Theory]
    [InlineData("triggers: [{ type: redis, metadata: { listName: x } }], scaleTargetRef: { name: x }", null)]
    [InlineData("triggers: [{ metadata: { listName: x } }], scaleTargetRef: { name: x }", ".triggers[0].type: is required")]
    [InlineData("triggers: [], scaleTargetRef: { name: x }, minReplicas: 1", ".minReplicas: is unknown")]
    public void A_custom_resource_is_validated_too(string spec, string? mistake)
    {
        var scaledObject = $"{{ apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {{ name: x }}, spec: {{ {spec} }} }}";

        if (mistake is null)
        {
            Validating(scaledObject).Should().NotThrow();
        }
        else
        {
            Validating(scaledObject).Should().Throw<SchemaException>().WithMessage($"*{mistake}*");
        }
    }

    [Fact]
    public void A_field_that_only_the_newest_version_knows_is_a_mistake()
    {
        var newer = Right.Replace("- name: app", "- name: app\n          restartPolicyRules: []", StringComparison.Ordinal);

        Validating(newer).Should().Throw<SchemaException>().WithMessage("*1.25*restartPolicyRules: is unknown*");
    }

    [Theory]
    [InlineData("enabled: yes")]
    [InlineData("mode: 0440")]
    [InlineData("time: 12:30")]
    public void A_scalar_that_two_versions_of_YAML_read_differently_is_refused(string yaml) =>
        FluentActions.Invoking(() => Yaml.Parse(yaml)).Should().Throw<FormatException>();

    [Fact]
    public void A_key_that_is_there_twice_is_refused() =>
        FluentActions.Invoking(() => Yaml.Parse("{ a: 1, a: 2 }")).Should().Throw<YamlDotNet.Core.YamlException>();

    private static Action Validating(string yaml) => () => KubernetesSchemas.Validate(Yaml.Parse(yaml)!.AsObject());
}
