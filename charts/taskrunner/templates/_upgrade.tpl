{{/* A volume of the bundled PostgreSQL that an earlier install left knows its password, and no value changes that. */}}
{{- define "taskrunner.validate.volume" -}}
{{- $store := .Values.postgresql }}
{{- if and .Values.upgradeGuard $store.enabled $store.persistence.enabled (not $store.existingSecret.name) }}
{{- $namespace := include "taskrunner.namespace" . }}
{{- $usual := include "taskrunner.named" (list . "postgresql") | printf "data-%s-0" }}
{{- $claim := include "taskrunner.tpl" (list . $store.persistence.existingClaim) | default $usual }}
{{- if lookup "v1" "PersistentVolumeClaim" $namespace $claim }}
{{- $secret := include "taskrunner.named" (list . "credentials") }}
{{- $kept := get ((lookup "v1" "Secret" $namespace $secret).data | default dict) "database-password" | default "" | b64dec }}
{{- $given := .Values.database.password | default .Values.postgresql.password }}
{{- include "taskrunner.sentences" (list . (list "volume.lost" (not (or $kept $given)) $claim)
  (list "volume.password" (and $kept $given (ne $kept $given)) $secret $claim)) }}
{{- end }}{{ end }}
{{- end }}

{{/* What the cluster holds of this release and these values would leave behind, or cannot change. Nothing is asked without a cluster. */}}
{{- define "taskrunner.validate.upgrade" -}}
{{- if and .Release.IsUpgrade .Values.upgradeGuard }}
{{- /* Who deploys a release that never had a bundled store need not be allowed to see StatefulSets. */}}
{{- $before := get (lookup "v1" "ConfigMap" (include "taskrunner.namespace" .) (include "taskrunner.named" (list . "config"))) "data" | default dict }}
{{- $had := contains (include "taskrunner.named" (list . "redis")) (get $before "TASKRUNNER_BROKER_URL" | default "") }}
{{- $had = or $had (contains (include "taskrunner.named" (list . "postgresql")) (get $before "TASKRUNNER_DATABASE_URL" | default "")) }}
{{- if or .Values.redis.enabled .Values.postgresql.enabled $had }}
{{- range (lookup "apps/v1" "StatefulSet" (include "taskrunner.namespace" .) "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- $component := get $labels "app.kubernetes.io/component" }}
{{- $isOurs := regexMatch (printf "^%s-[0-9]" $.Chart.Name) (get $labels "helm.sh/chart") }}
{{- if and $isOurs (eq (get $labels "app.kubernetes.io/instance") $.Release.Name) (has $component (list "redis" "postgresql")) }}
{{- $settings := get $.Values $component }}
{{- $name := include "taskrunner.named" (list $ $component) }}
{{- $full := trimSuffix (printf "-%s" $component) .metadata.name }}
{{- include "taskrunner.sentences" (list $ (list "upgrade.store" (not $settings.enabled) $component .metadata.name)
  (list "upgrade.name" (and $settings.enabled (ne $name .metadata.name)) .metadata.name $name $full)) }}
{{- if and $settings.enabled (eq $name .metadata.name) }}
{{- $pod := dict "root" $ "component" $component }}
{{- $made := include "taskrunner.storeClaim" (set $pod "settings" (include "taskrunner.settings" $pod | fromJson)) | fromYaml }}
{{- $kept := first (.spec.volumeClaimTemplates | default list) | default dict }}
{{- $states := list }}
{{- range $claim := list $made $kept }}
{{- $meta := dig "metadata" dict $claim | default dict }}
{{- $spec := dig "spec" dict $claim }}
{{- $states = append $states (dict "labels" ($meta.labels | default dict) "annotations" ($meta.annotations | default dict)
  "accessModes" (dig "accessModes" list $spec) "storageClass" (dig "storageClassName" "" $spec)
  "size" (dig "resources" "requests" "storage" "" $spec)) }}
{{- end }}
{{- include "taskrunner.sentences" (list $ (list "upgrade.claim" (ne (empty $made) (empty $kept)) $component $name)) }}
{{- range $key, $value := empty $made | ternary dict (first $states) }}
{{- $was := get (last $states) $key }}
{{- $ours := kindIs "string" $value | ternary $value (toJson $value) }}
{{- $theirs := kindIs "string" $was | ternary $was (toJson $was) }}
{{- $isResized := ne (include "taskrunner.quantity" $value) (include "taskrunner.quantity" $was) }}
{{- $isOther := eq $key "size" | ternary $isResized (ne $ours $theirs) }}
{{- include "taskrunner.sentences" (list $ (list "upgrade.claimPart" (and $kept $isOther) $component $key $ours $name $theirs)) }}
{{- end }}
{{- range eq $component "postgresql" | ternary (dig "spec" "template" "spec" "containers" list .) list }}
{{- range .env }}
{{- $key := get (dict "POSTGRES_USER" "username" "POSTGRES_DB" "name") .name }}
{{- $ours := get $.Values.database $key }}
{{- include "taskrunner.sentences" (list $ (list "upgrade.login" (and $key (ne (toString .value) $ours)) $key $ours $name .value)) }}
{{- end }}{{ end }}
{{- end }}{{ end }}{{ end }}{{ end }}{{ end }}
{{- end }}
