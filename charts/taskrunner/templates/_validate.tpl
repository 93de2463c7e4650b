{{/* Fails with every mistake in the values at once; what a placeholder gives is judged when it is right. */}}
{{- define "taskrunner.validate" -}}
{{- include "taskrunner.given" . }}
{{- $mistakes := list }}
{{- $parts := list "broker" "database" "pools" "pods" "routes" "texts" "alerts" "beat" "removed" "volume" "upgrade" "waves" "accounts" }}
{{- range $part := get .Values "given names" | trim | empty | ternary $parts (list "placeholders") }}
{{- range include (printf "taskrunner.validate.%s" $part) $ | splitList "\n" }}
{{- if trim . }}{{ $mistakes = append $mistakes (printf "- %s" (trim .)) }}{{ end }}
{{- end }}{{ end }}
{{- if $mistakes }}
{{- printf "the values cannot be used:\n%s" (join "\n" $mistakes) | fail }}
{{- end }}
{{- end }}

{{/* Each sentence of a map whose condition holds. */}}
{{- define "taskrunner.mistakes" -}}
{{- range $sentence, $holds := . }}
{{- if $holds }}
{{ $sentence }}
{{- end }}{{ end }}
{{- end }}

{{/* Placeholders of other programs in what is templated: Helm would fill them in with nothing. Inside a range or with they may be fields, and in quotes
they are texts. Read before anything is filled in. */}}
{{- define "taskrunner.placeholders" -}}
{{- $templated := omit .Values "rawObjects" "extraObjects" "given texts" }}
{{- $_ := set $templated "beat" (omit .Values.beat "schedules") }}
{{- $_ := set $templated "global" (pick .Values.global "imageRegistry" "imagePullSecrets" "storageClass") }}
{{- range $key := keys $templated }}{{ if or (hasPrefix "x-" $key) (hasPrefix "." $key) }}{{ $_ := unset $templated $key }}{{ end }}{{ end }}
{{- range $index, $object := .Values.extraObjects }}{{ $_ := set $templated (printf "extraObjects[%d]" $index) $object }}{{ end }}
{{- range $key, $value := $templated }}
{{- range regexFindAll "\"([^\"\\\\]|\\\\.)*[{][{]([^\"\\\\]|\\\\.)*\"" (toJson $value) -1 | uniq }}
{{- $text := (printf "{\"text\":%s}" . | fromJson).text }}
{{- $text = regexReplaceAll "[{][{]-? *\"([^\"\\\\]|\\\\.)*\"|`[^`]*`" $text "``" }}
{{- $fields := regexMatch "[{][{]-? *(range|with|define) " $text }}
{{- range regexFindAll "[{][{][^}]*[}][}]" $text -1 | uniq }}
{{- $action := regexReplaceAll "\"([^\"\\\\]|\\\\.)*\"" . "``" }}
{{- $alone := regexMatch "^[{][{]-? *[$]?[.][A-Za-z0-9_.]+ *-?[}]" $action }}
{{- include "taskrunner.mistakes" (dict (printf "%s has %s, which finds nothing of yours among what Helm knows: write it in {{ `backticks` }}." $key .)
  (or (regexMatch "[ ({|-]((index|get) +[$]?[.] |dig [^}|)]* [$]?[.] *[)}|-])" $action | and (not $fields)) (regexMatch "range [^}]*[ =][$]?[.] *-?[}]" $action))) }}
{{- range regexFindAll "[{ (|=,-][$]?[.][A-Za-z][A-Za-z0-9_.]*" $action -1 }}
{{- $path := regexFind "[.].*" . }}
{{- $steps := splitList "." (trimPrefix "." $path) }}
{{- $known := has (first $steps) (list "Values" "Release" "Chart" "Capabilities" "Files" "Template" "Subcharts") }}
{{- $found := eq (first $steps) "Values" | ternary $.Values "" }}
{{- range rest $steps }}{{ if kindIs "map" $found }}{{ $found = index $found . }}{{ end }}{{ end }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s has {{ %s }}, which Helm fills in with nothing: %swrite {{ `{{ %s }}` }}." $key $path (hasPrefix "extraObjects" $key | ternary "put the object into rawObjects, or " "") $path)
  (not (or $fields $known))
  (printf "%s has {{ %s }}, and there is no such value: correct it, or add a default (`| default \"\"`)." $key $path) (and $alone (kindIs "invalid" $found))) }}
{{- end }}{{ end }}{{ end }}{{ end }}
{{- end }}

{{/* Texts whose templates are filled in with what files/forms.yaml does not allow. The schema judges texts without templates. */}}
{{- define "taskrunner.validate.texts" -}}
{{- include "taskrunner.validate.text" (dict "root" . "forms" (.Files.Get "files/forms.yaml" | fromYamlArray) "path" "" "value" (get .Values "given texts" | fromJson)) }}
{{- end }}

{{/* The same for a .value, or all that is below it, at .path of the values. A key of a map is judged as the value of <key>. */}}
{{- define "taskrunner.validate.text" -}}
{{- if not (contains "{{" (toJson .value)) }}
{{- else if kindIs "map" .value }}
{{- range $key, $value := .value }}
{{- $at := dict "root" $.root "forms" $.forms "path" (printf "%s.%s" $.path $key | trimPrefix ".") "value" $value }}
{{- range list $at (merge (dict "path" (printf "%s.<key>" $.path) "value" $key) (omit $at "value")) }}{{ include "taskrunner.validate.text" . }}{{ end }}
{{- end }}
{{- else if kindIs "slice" .value }}
{{- range .value }}{{ include "taskrunner.validate.text" (dict "root" $.root "forms" $.forms "path" $.path "value" .) }}{{ end }}
{{- else }}{{ range .forms }}
{{- if regexMatch (printf "^((worker|workers[.][^.]+|beat|migrate|test|redis|postgresql)[.])?(%s)$" .at) $.path }}
{{- $text := include "taskrunner.tpl" (dict "root" $.root "value" $.value) }}
{{- $fits := and (regexMatch .as $text) (le (len $text) (.most | default 65536 | int)) }}
{{- include "taskrunner.mistakes" (dict (printf "%s is %q once its templates are filled in: it must be %s." $.path $text .be) (not $fits)) }}
{{- end }}{{ end }}{{ end }}
{{- end }}

{{- define "taskrunner.validate.broker" -}}
{{- $broker := .Values.broker }}
{{- $sentinel := $broker.sentinel }}
{{- /* To Redis mb is 1024 kb, and m is 1000 k. */}}
{{- $most := .Values.redis.maxmemory | replace "kb" "Ki" | replace "mb" "Mi" | replace "gb" "Gi" | replace "m" "M" | replace "g" "G" }}
{{- $limit := ((.Values.redis.resources | default dict).limits | default dict).memory | default "" | toString | replace "none" "" }}
{{- include "taskrunner.validate.store" (dict "root" . "key" "broker" "store" $broker "bundle" "redis" "bundled" .Values.redis) }}
{{- include "taskrunner.mistakes" (dict
  (printf "redis.maxmemory (%s) is no less than redis.resources.limits.memory (%v): the pod would be killed before Redis refuses writes." .Values.redis.maxmemory $limit)
  (and .Values.redis.enabled $most $limit (le (include "taskrunner.quantity" $limit | float64) (include "taskrunner.quantity" $most | float64)))
  "broker.tls.enabled is true, but the bundled Redis speaks no TLS: set it to false, or redis.enabled to false and name a broker." (and $broker.tls.enabled .Values.redis.enabled)
  "broker.tls.enabled is true, but broker.url starts with redis://: write rediss:// there." (and $broker.tls.enabled (hasPrefix "redis://" $broker.url))
  "broker.sentinel has a username or password, but no addresses: list the sentinels, or remove them." (and (or $sentinel.username $sentinel.password) (not $sentinel.addresses))
  "broker.tls.caSecret.name is set, but broker.tls.enabled is false: set it to true, or remove the authority."
  (and $broker.tls.caSecret.name (or $broker.host $sentinel.addresses) (not $broker.tls.enabled))
  "broker.tls.caBundles or clientSecret is set, but nothing is encrypted: set broker.tls.enabled to true, write rediss:// in broker.url, or remove it."
  (and (or $broker.tls.caBundles $broker.tls.clientSecret.name) (or .Values.redis.enabled (not (or $broker.tls.enabled (hasPrefix "rediss" $broker.url) $broker.existingSecret.urlKey))))) }}
{{- end }}

{{- define "taskrunner.validate.database" -}}
{{- include "taskrunner.validate.store" (dict "root" . "key" "database" "store" .Values.database "bundle" "postgresql" "bundled" .Values.postgresql) }}
{{- $database := .Values.database }}
{{- $own := .Values.migrate.database }}
{{- $loose := has $database.sslmode (list "disable" "prefer") }}
{{- include "taskrunner.mistakes" (dict
  (printf "database.tls.caSecret.name is set, but database.sslmode %s verifies no certificate: set it to require, verify-ca or verify-full." $database.sslmode)
  (and $database.tls.caSecret.name (not $database.url) $loose)
  (printf "database.tls.caBundles is set, but database.sslmode %s verifies no certificate: set it to require, verify-ca or verify-full." $database.sslmode)
  (and $database.tls.caBundles (not $database.url) (not $database.existingSecret.urlKey) $loose)
  "database.tls.clientSecret is set, but nothing is encrypted: set database.sslmode to require, verify-ca or verify-full, or remove it."
  (and $database.tls.clientSecret.name (or .Values.postgresql.enabled (eq $database.sslmode "disable") (contains "sslmode=disable" $database.url)))
  "migrate.database is set, but postgresql.enabled is true: remove it, or name a database of yours." (and .Values.postgresql.enabled (or $own.url $own.existingSecret.name))
  "migrate.database has two URLs, or a password in its URL and one in a Secret: keep one of them."
  (and $own.url $own.existingSecret.name (or $own.existingSecret.urlKey (include "taskrunner.hasPassword" $own.url)))
  "migrate.database.existingSecret.urlKey is set, but migrate.database.existingSecret.name is empty: name the Secret." (and $own.existingSecret.urlKey (not $own.existingSecret.name))
  "database.url names no user or no database: write postgresql://USER@HOST:PORT/NAME."
  (and $database.url (or (not (regexMatch "://[^/?:@]+(:.*)?@|[?&]user=." $database.url)) (not (regexMatch "://(.*@)?[^/?]*/[^/?]|[?&]dbname=." $database.url))))
  (printf "database.sslmode is %s, but the bundled PostgreSQL speaks no TLS: set it to prefer, or postgresql.enabled to false and name a database." $database.sslmode)
  (and .Values.postgresql.enabled (not $loose))) }}
{{- end }}

{{/* Argo CD starts a wave once all of the one before is healthy: first the configuration, then the migration, then those that wait for it. */}}
{{- define "taskrunner.validate.waves" -}}
{{- $waiting := dict "migrate" .Values.migrate.annotations }}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}{{ $_ := set $waiting (printf "worker (pool %s)" $pool) $settings.annotations }}{{ end }}
{{- if .Values.beat.enabled }}{{ $_ := set $waiting "beat" .Values.beat.annotations }}{{ end }}
{{- $waves := dict "" 0 }}
{{- range $of, $annotations := set $waiting "" dict }}
{{- $layers := include "taskrunner.layers" (list $ $.Values.commonAnnotations ($annotations | default dict)) | fromYaml }}
{{- $_ := set $waves $of (get $layers "argocd.argoproj.io/sync-wave" | toString | int) }}
{{- end }}
{{- range $of, $wave := omit $waves "" "migrate" }}
{{- include "taskrunner.mistakes" (dict (printf "%s: it waits for the migration, whose sync wave (%d) begins only after its own (%d): give its annotations that wave or a later one." $of $waves.migrate $wave)
  (and $.Values.migrate.enabled (lt $wave $waves.migrate))) }}
{{- end }}
{{- include "taskrunner.mistakes" (dict (printf "migrate: the job waits for its configuration, whose sync wave (%d) begins only after its own (%d): give migrate.annotations that wave or a later one." (get $waves "") $waves.migrate)
  (and .Values.migrate.enabled (lt $waves.migrate (get $waves "")))) }}
{{- end }}

{{- define "taskrunner.validate.accounts" -}}
{{- range $name, $account := include "taskrunner.accounts" . | fromJson }}
{{- include "taskrunner.mistakes" (dict (printf "Two accounts are named %s and have other annotations: give one of them another serviceAccount.name, or create it once." $name) $account.differs) }}
{{- end }}
{{- end }}

{{/* Options of a store's URL that the program refuses. Their names are not told: one may be part of a password that was cut wrongly. */}}
{{- define "taskrunner.validate.options" -}}
{{- $known := .root.Files.Get "files/url-options.yaml" | fromYaml }}
{{- range $index, $option := regexFindAll "[?&][^=&@]*" (.store.url | splitList "@" | last) -1 }}
{{- if not (has (substr 1 -1 $option) (get $known $.key)) }}
{{ $.key }}.url has an option at place {{ add1 $index }} behind the question mark that the program does not know: it takes {{ get $known $.key | join ", " }}.
{{- end }}{{ end }}
{{- end }}

{{/* What holds for broker and database alike: one source of the address, one source of the password. */}}
{{- define "taskrunner.validate.store" -}}
{{- $secret := .store.existingSecret }}
{{- $sentinels := dig "sentinel" "addresses" list .store }}
{{- $sources := list }}
{{- range list (list "url" .store.url) (list "host" .store.host) (list "sentinel.addresses" $sentinels)
  (list "existingSecret.urlKey" (and $secret.name $secret.urlKey)) }}
{{- if last . }}{{ $sources = append $sources (printf "%s.%s" $.key (first .)) }}{{ end }}
{{- end }}
{{- if .bundled.enabled }}
{{- if $sources }}
{{ .bundle }}.enabled is true and {{ join ", " $sources }} is set: set {{ .bundle }}.enabled to false to use that {{ .key }}, or remove {{ join ", " $sources }}.
{{- else if .store.existingSecret.name }}
{{ .key }}.existingSecret.name is set, but the bundled store reads no Secret of yours: set {{ .bundle }}.existingSecret.name, or {{ .bundle }}.enabled to false and name a {{ .key }}.
{{- end }}
{{- include "taskrunner.mistakes" (dict (printf "%s.password and %s.password differ: set one of them." .bundle .key)
  (and .bundled.password .store.password (ne .bundled.password .store.password))) }}
{{- else if not $sources }}
There is no {{ .key }}: set {{ .bundle }}.enabled to true, or name one with {{ .key }}.url, {{ .key }}.host or {{ .key }}.existingSecret.urlKey.
{{- else if gt (len $sources) 1 }}
{{ join " and " $sources }} are set: keep one of them.
{{- end }}
{{- include "taskrunner.validate.options" . }}
{{- $scheme := eq .key "broker" | ternary "rediss?" "postgres(ql)?" }}
{{- include "taskrunner.mistakes" (dict
  (printf "%s.url does not start with %s:// once its templates are filled in." .key (eq .key "broker" | ternary "redis:// or rediss" "postgresql"))
  (and .store.url (not (regexMatch (printf "^%s://." $scheme) .store.url)))
  (printf "%s.existingSecret.urlKey is set, but %s.existingSecret.name is empty: name the Secret." .key .key) (and $secret.urlKey (not $secret.name))
  (printf "%s.password and %s.existingSecret.name are set: keep one of them." .key .key) (and $secret.name .store.password)
  (printf "%s.password or %s.password, and %s.existingSecret.name are set: keep one of them." .bundle .key .bundle) (and .bundled.existingSecret.name (or .bundled.password .store.password))
  (printf "%s.host and %s.existingSecret.hostKey are set: keep one of them." .key .key) (and $secret.hostKey (not (hasPrefix "$(" .store.host)))
  (printf "%s.existingSecret.%s needs its name, and a host: set name, and hostKey or %s.host." .key (or (and $secret.portKey "portKey") (and $secret.usernameKey "usernameKey") (and $secret.nameKey "nameKey") "hostKey") .key)
  (and (or $secret.hostKey $secret.portKey $secret.usernameKey $secret.nameKey) (or (not $secret.name) (and (not .store.host) (not $sentinels))))
  (printf "%s.url carries a password and %s.existingSecret.name is set: keep one of them." .key .key) (and $secret.name (include "taskrunner.hasPassword" .store.url))) }}
{{- end }}
