{{/*
locals.yml: what the chart computes, overridden key by key by `.Values.locals`. The credentials
stay out of it: the application evaluates ERB in this file, so it reads them from its environment.
*/}}
{{- define "codeai.locals" -}}
{{- $backends := include "codeai.backends" . | fromYaml -}}
{{- $db := $backends.database -}}
{{- $credentials := printf "<%%=ENV['%s']%%>:<%%=ENV['%s']%%>" .Values.database.usernameEnv .Values.database.passwordEnv -}}
{{- if and .Values.mysql.enabled (empty .Values.mysql.existingSecret) -}}
  {{- $credentials = "root" -}}
{{- end -}}
{{- $computed := dict
      "env" .Values.environment
      "db_writer" (printf "mysql://%s@%s:%d/" $credentials $db.host (int $db.port))
      "db_reader" (printf "mysql://%s@%s:%d/" $credentials $db.readerHost (int $db.port))
      "dashboard_db_name" $db.name
      "dashboard_db_pool" (.Values.database.pool | int)
      "dashboard_workers" (.Values.web.puma.workers | int)
      "session_store_server" (printf "%s://%s:%v/0" $backends.cache.scheme $backends.cache.host $backends.cache.port)
      "aws_region" $backends.storage.region
-}}
{{- range .Values.sites -}}
  {{- $_ := set $computed (printf "override_%s" (ternary "dashboard" . (eq . "studio")) | replace "-" "_") (include "codeai.hostname" (dict "root" $ "site" .)) -}}
{{- end -}}
{{- with $backends.storage.endpoint -}}
  {{- $_ := set $computed "aws_s3_endpoint" . -}}
  {{- $_ := set $computed "aws_s3_force_path_style" true -}}
{{- end -}}
{{- range .Values.storage.buckets -}}
  {{- $bucket := printf "cdo-%s-%s" $.Values.environment .name | replace "_" "-" -}}
  {{- $_ := set $computed (printf "s3_bucket_%s" .name) (.bucket | default $bucket) -}}
{{- end -}}
# Managed by {{ .Release.Service }}: {{ .Release.Name }} in {{ .Release.Namespace }}.
{{ tpl (mergeOverwrite $computed (deepCopy .Values.locals) | toYaml) . }}
{{- end }}
