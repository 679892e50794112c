{{/*
What a schema can't say. All problems at once, since each round trip through CI costs minutes.
*/}}
{{- define "codeai.validate" -}}
{{- $problems := list -}}
{{- if and (not .Values.mysql.enabled) (not .Values.database.host) -}}
  {{- $problems = append $problems "database.host: needed where mysql.enabled is false" -}}
{{- end -}}
{{- if not (or .Values.redis.enabled .Values.cache.host) -}}
  {{- $problems = append $problems "cache.host: needed where redis.enabled is false" -}}
{{- end -}}
{{- if and (eq .Values.environment "production") (or .Values.mysql.enabled .Values.redis.enabled .Values.minio.enabled) -}}
  {{- $problems = append $problems "mysql, redis, minio: in-cluster services are for ad-hoc environments, not for production" -}}
{{- end -}}
{{- if and .Values.require_external_secrets .Values.existingSecret -}}
  {{- $problems = append $problems "existingSecret: has no effect with require_external_secrets" -}}
{{- end -}}
{{- with .Values.web.autoscaling -}}
  {{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
    {{- $problems = append $problems (printf "web.autoscaling: minReplicas (%d) is above maxReplicas (%d)" (int .minReplicas) (int .maxReplicas)) -}}
  {{- end -}}
{{- end -}}
{{- /* Only against a cluster: offline, lookup finds nothing, the namespace included. */ -}}
{{- if lookup "v1" "Namespace" "" .Release.Namespace -}}
  {{- $secret := tpl (.Values.existingSecret | default "") . -}}
  {{- if and $secret (not (lookup "v1" "Secret" .Release.Namespace $secret)) -}}
    {{- $problems = append $problems (printf "existingSecret: no Secret %q in namespace %q" $secret .Release.Namespace) -}}
  {{- end -}}
{{- end -}}
{{- if $problems -}}
  {{- fail (printf "\n\ncodeai: the values don't fit together:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end }}
