namespace TaskRunner.Configuration;

/// <summary>Every setting of the program, in one list.</summary>
internal static class Settings
{
    public static readonly Setting BrokerUrl = new("TASKRUNNER_BROKER_URL", "Redis: redis://[user@]host:port[/db], rediss:// for TLS, redis+sentinel://host:port,host:port/master[/db] with sentinels, unix:///path for a Unix socket", FromFile: true);
    public static readonly Setting BrokerUsername = new("TASKRUNNER_BROKER_USERNAME", "ACL user of the broker");
    public static readonly Setting BrokerPassword = new("TASKRUNNER_BROKER_PASSWORD", "Password of the broker", FromFile: true, IsSecret: true);
    public static readonly Setting BrokerSentinels = new("TASKRUNNER_BROKER_SENTINELS", "Sentinels that know where Redis is: host:port,host:port; of the URL, only scheme, user and database count then");
    public static readonly Setting BrokerSentinelMaster = new("TASKRUNNER_BROKER_SENTINEL_MASTER", "Name under which the sentinels know Redis (default: mymaster)");
    public static readonly Setting BrokerSentinelUsername = new("TASKRUNNER_BROKER_SENTINEL_USERNAME", "ACL user of the sentinels");
    public static readonly Setting BrokerSentinelPassword = new("TASKRUNNER_BROKER_SENTINEL_PASSWORD", "Password of the sentinels", FromFile: true, IsSecret: true);
    public static readonly Setting BrokerCaFile = new("TASKRUNNER_BROKER_CA_FILE", "PEM or DER file, or folder of such files, with the authorities trusted for the broker's TLS certificate");
    public static readonly Setting BrokerCertFile = new("TASKRUNNER_BROKER_CERT_FILE", "PEM file of the certificate to show to the broker");
    public static readonly Setting BrokerKeyFile = new("TASKRUNNER_BROKER_KEY_FILE", "PEM file of the private key of that certificate (default: the same file)");
    public static readonly Setting DatabaseUrl = new("TASKRUNNER_DATABASE_URL", "PostgreSQL: postgresql://user@host:port/database[?sslmode=…]", FromFile: true);
    public static readonly Setting DatabasePassword = new("TASKRUNNER_DATABASE_PASSWORD", "Password of the database", FromFile: true, IsSecret: true);
    public static readonly Setting DatabaseCaFile = new("TASKRUNNER_DATABASE_CA_FILE", "PEM or DER file, or folder of such files, with the authorities trusted for the database's TLS certificate");
    public static readonly Setting DatabaseCertFile = new("TASKRUNNER_DATABASE_CERT_FILE", "PEM file of the certificate to show to the database");
    public static readonly Setting DatabaseKeyFile = new("TASKRUNNER_DATABASE_KEY_FILE", "PEM file of the private key of that certificate (default: the same file)");
    public static readonly Setting DatabaseSchema = new("TASKRUNNER_DATABASE_SCHEMA", "Schema of the tables in the database (default: taskrunner)");
    public static readonly Setting Namespace = new("TASKRUNNER_NAMESPACE", "Keeps installations on one Redis, or on one database, apart (default: default)");
    public static readonly Setting Queues = new("TASKRUNNER_QUEUES", "Queues, separated by commas; a weight may follow after a colon, as in pricing:5,reports (default: default)");
    public static readonly Setting QueueOrder = new("TASKRUNNER_QUEUE_ORDER", "From which queue a worker takes when several have something: fair, weighted or strict (default: fair)");
    public static readonly Setting Concurrency = new("TASKRUNNER_CONCURRENCY", "Tasks that run at a time, 1 to 1000 (default: 4)");
    public static readonly Setting DrainSeconds = new("TASKRUNNER_DRAIN_SECONDS", "Seconds that running tasks get to finish after SIGTERM, 0 to 86400 (default: 50)");
    public static readonly Setting LeaseSeconds = new("TASKRUNNER_LEASE_SECONDS", "Seconds without a heartbeat after which others take over, 3 to 600 (default: 10)");
    public static readonly Setting ResultTtlSeconds = new("TASKRUNNER_RESULT_TTL_SECONDS", "Seconds that a result is kept, 1 to 31536000 (default: 86400)");
    public static readonly Setting TickTtlSeconds = new("TASKRUNNER_TICK_TTL_SECONDS", "Seconds that beat keeps the record of a tick, in whole days, 86400 to 31536000 (default: 604800)");
    public static readonly Setting MaxPayloadBytes = new("TASKRUNNER_MAX_PAYLOAD_BYTES", "Largest message of a task in bytes, 1024 to 67108864 (default: 262144)");
    public static readonly Setting DeadMaxTasks = new("TASKRUNNER_DEAD_MAX_TASKS", "Dead tasks that a queue keeps, 0 to 1000000 (default: 10000)");
    public static readonly Setting DeadMaxBytes = new("TASKRUNNER_DEAD_MAX_BYTES", "Bytes of dead tasks that a queue keeps, 0 to 2147483647 (default: 67108864)");
    public static readonly Setting DeadMaxAgeSeconds = new("TASKRUNNER_DEAD_MAX_AGE_SECONDS", "Seconds for which a queue keeps dead tasks, 1 to 315360000 (default: 7776000)");
    public static readonly Setting RetryBudgetPercent = new("TASKRUNNER_RETRY_BUDGET_PERCENT", "Retries that a queue allows for 100 attempts in a minute, 1 to 100; 0 for any number (default: 0)");
    public static readonly Setting HttpPort = new("TASKRUNNER_HTTP_PORT", "Port of /livez, /readyz, /startupz and /metrics, 0 for any free one (default: 8000)");
    public static readonly Setting LogLevel = new("TASKRUNNER_LOG_LEVEL", "trace, debug, information, warning or error (default: information)");
    public static readonly Setting LogFormat = new("TASKRUNNER_LOG_FORMAT", "json or text (default: text on a terminal, else json)");
    public static readonly Setting OtlpEndpoint = new("OTEL_EXPORTER_OTLP_ENDPOINT", "OpenTelemetry collector that gets the spans of tasks, for example http://collector:4317 (default: none)");
    public static readonly Setting OtlpProtocol = new("OTEL_EXPORTER_OTLP_PROTOCOL", "How it is spoken to: grpc or http/protobuf (default: grpc)");
    public static readonly Setting CountQueues = new("TASKRUNNER_COUNT_QUEUES", "Keep a list as long as each queue's ready and running tasks, for autoscalers: true or false (default: false)");
    public static readonly Setting PodName = new("TASKRUNNER_POD_NAME", "Pod that the worker tells its deletion cost (default: none)");
    public static readonly Setting PodNamespace = new("TASKRUNNER_POD_NAMESPACE", "Namespace of that pod");
    public static readonly Setting KubernetesUrl = new("TASKRUNNER_KUBERNETES_URL", "API server (default: https://kubernetes.default.svc)");
    public static readonly Setting KubernetesFolder = new("TASKRUNNER_KUBERNETES_FOLDER", "Folder with token and ca.crt (default: /var/run/secrets/kubernetes.io/serviceaccount)");
    public static readonly Setting SchedulesFile = new("TASKRUNNER_SCHEDULES_FILE", "JSON file of declared schedules");
    public static readonly Setting SchedulesSource = new("TASKRUNNER_SCHEDULES_SOURCE", "Name of the set of declared schedules, where several files or programs declare some for one namespace (default: none)");
    public static readonly Setting SchedulesVersion = new("TASKRUNNER_SCHEDULES_VERSION", "Version of that set, 0 to 2147483647: a beat with a lower one leaves those of a higher one in force (default: 0)");
    public static readonly Setting Routes = new("TASKRUNNER_ROUTES", "Queues by the name of the task: PATTERN=QUEUE[:PRIORITY], separated by commas or line breaks", FromFile: true);
    public static readonly Setting CeleryDatabaseUrl = new("TASKRUNNER_CELERY_DATABASE_URL", "Database with the tables of django-celery-beat (default: the one of TASKRUNNER_DATABASE_URL)", FromFile: true);
    public static readonly Setting CeleryDatabasePassword = new("TASKRUNNER_CELERY_DATABASE_PASSWORD", "Password of that database", FromFile: true, IsSecret: true);
    public static readonly Setting DebugTasks = new("TASKRUNNER_DEBUG_TASKS", "Whether the stock program maps its tasks debug.*: true or false (default: true)");
    public static readonly Setting Name = new("TASKRUNNER_NAME", "First part of the process's name (default: the host name)");

    public static IReadOnlyList<Setting> Database { get; } = [DatabaseUrl, DatabasePassword, DatabaseCaFile, DatabaseCertFile, DatabaseKeyFile];

    public static IReadOnlyList<Setting> Stores { get; } =
        [BrokerUrl, BrokerUsername, BrokerPassword, BrokerSentinels, BrokerSentinelMaster, BrokerSentinelUsername, BrokerSentinelPassword, BrokerCaFile, BrokerCertFile, BrokerKeyFile, .. Database, DatabaseSchema, Namespace, ResultTtlSeconds, MaxPayloadBytes, LeaseSeconds];

    public static IReadOnlyList<Setting> Failures { get; } = [DeadMaxTasks, DeadMaxBytes, DeadMaxAgeSeconds, RetryBudgetPercent];

    public static IReadOnlyList<Setting> Process { get; } = [HttpPort, LogLevel, LogFormat, Name, OtlpEndpoint, OtlpProtocol];

    public static IReadOnlyList<Setting> Pod { get; } = [PodName, PodNamespace, KubernetesUrl, KubernetesFolder];

    public static IReadOnlyList<Setting> All { get; } = [.. Stores, .. Process, .. Failures, DebugTasks, Queues, QueueOrder, Concurrency, DrainSeconds, TickTtlSeconds, SchedulesFile, SchedulesSource, SchedulesVersion, Routes, CeleryDatabaseUrl, CeleryDatabasePassword, CountQueues, .. Pod];
}
