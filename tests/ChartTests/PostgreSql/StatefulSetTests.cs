using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.PostgreSql;

public sealed class StatefulSetTests
{
    [Fact]
    public void The_password_is_read_from_a_file()
    {
        var set = Set();

        set.Env("POSTGRES_PASSWORD_FILE").Should().Be("/etc/postgresql/secrets/database-password");
        set.PodSpec.At("volumes[0].secret").ShouldBe("""
            secretName: demo-taskrunner-credentials
            defaultMode: 288
            items: [{ key: database-password, path: database-password }]
            """);
        set.Content.ToJsonString().Should().NotContain("postgresql-secret-value");
    }

    [Fact]
    public void User_and_database_are_those_that_the_program_uses()
    {
        var manifests = Chart.Render("database: { username: shop, name: tasks }");

        var set = manifests.Single("StatefulSet", component: "postgresql");
        set.Env("POSTGRES_USER").Should().Be("shop");
        set.Env("POSTGRES_DB").Should().Be("tasks");
        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_DATABASE_URL")
            .Should().Be("postgresql://shop@demo-taskrunner-postgresql:5432/tasks?sslmode=prefer");
    }

    [Fact]
    public void Data_lies_in_a_folder_below_the_mount_because_a_volume_may_hold_other_things()
    {
        Set().Env("PGDATA").Should().Be("/var/lib/postgresql/data/pgdata");
        Set().Container["volumeMounts"]!.AsArray().Should().Contain(mount =>
            (string?)mount!["name"] == "data" && (string?)mount["mountPath"] == "/var/lib/postgresql/data");
    }

    [Fact]
    public void Only_data_socket_and_temporary_files_can_be_written() => Set().Container["volumeMounts"].ShouldBe("""
        - { name: secrets, mountPath: /etc/postgresql/secrets, readOnly: true }
        - { name: run, mountPath: /var/run/postgresql }
        - { name: tmp, mountPath: /tmp }
        - { name: data, mountPath: /var/lib/postgresql/data }
        """);

    [Fact]
    public void Data_lies_on_a_claim() =>
        Set().At("spec.volumeClaimTemplates[0].spec").ShouldBe("{ accessModes: [ReadWriteOnce], resources: { requests: { storage: 4Gi } } }");

    [Fact]
    public void Without_persistence_data_lies_in_a_folder_of_the_pod()
    {
        var set = Set("postgresql: { persistence: { enabled: false } }");

        set.At("spec.volumeClaimTemplates").Should().BeNull();
        set.PodSpec["volumes"]!.AsArray()[^1].ShouldBe("{ name: data, emptyDir: { sizeLimit: 4Gi } }");
    }

    [Fact]
    public void PostgreSQL_runs_as_its_own_user()
    {
        Set().PodSpec.At("securityContext.runAsUser").ShouldBe("999");
        Set().PodSpec.At("securityContext.fsGroup").ShouldBe("999");
    }

    [Fact]
    public void The_service_leads_to_the_port_of_the_pod()
    {
        Chart.Render().Single("Service", component: "postgresql").At("spec.ports")
            .ShouldBe("[{ name: postgresql, port: 5432, targetPort: postgresql, protocol: TCP }]");
        Set().Container["ports"].ShouldBe("[{ name: postgresql, containerPort: 5432, protocol: TCP }]");
    }

    [Fact]
    public void The_image_is_the_public_one_and_can_be_another()
    {
        Set().Container["image"].ShouldBe("docker.io/library/postgres:16-bookworm");
        var other = Set("postgresql: { image: { registry: r.example, repository: pg, tag: '15', pullPolicy: Never } }").Container;
        other["image"].ShouldBe("r.example/pg:15");
        other["imagePullPolicy"].ShouldBe("Never");
    }

    [Fact]
    public void PostgreSQL_can_be_left_out() =>
        Chart.Render("{ postgresql: { enabled: false }, database: { host: postgresql.example } }")
            .Should().NotContain(manifest => manifest.Component == "postgresql");

    [Theory]
    [InlineData("redis")]
    [InlineData("postgresql")]
    public void The_claim_is_written_as_Kubernetes_keeps_it_so_that_nothing_differs_after_a_sync(string store)
    {
        var claim = Chart.Render().Single("StatefulSet", component: store).At("spec.volumeClaimTemplates[0]");

        claim.At("apiVersion").ShouldBe("v1");
        claim.At("kind").ShouldBe("PersistentVolumeClaim");
    }

    private static Manifest Set(string values = "") => Chart.Render(values).Single("StatefulSet", component: "postgresql");
}
