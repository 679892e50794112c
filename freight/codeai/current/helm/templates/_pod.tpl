{{/*
The pod of every workload that runs the application: web, worker, scheduled jobs, database setup.

Takes the root context with these merged in:
  component      web, worker, …
  workload       the workload's values: resources, probes, scheduling
  args           what the container runs (the image's entry point takes rake tasks and bin/ names)
  restartPolicy  optional
  localsName     optional; another ConfigMap with locals.yml than the release's
  secretName     optional; another Secret than the release's
*/}}
{{- define "codeai.podTemplate" -}}
{{- $proxied := and (eq .component "web") .workload.nginx.enabled -}}
{{- $metrics := and (has .component (list "web" "worker")) .Values.metrics.enabled -}}
{{- $maps := list
      (dict "checksum/locals" (include "codeai.locals" . | sha256sum))
      .Values.commonAnnotations
      .workload.podAnnotations
-}}
{{- if $proxied -}}
  {{- $maps = prepend $maps (dict "checksum/nginx" (include (print .Template.BasePath "/configmap-nginx.yaml") . | sha256sum)) -}}
{{- end -}}
{{- if $metrics -}}
  {{- $maps = append $maps (dict "prometheus.io/scrape" "true" "prometheus.io/port" (.Values.metrics.port | toString)) -}}
{{- end -}}
metadata:
  {{- include "platform-lib.annotations" (dict "root" . "maps" $maps) | nindent 2 }}
  labels:
    {{- include "codeai.selectorLabels" . | nindent 4 }}
    {{- with .workload.podLabels }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
spec:
  {{- with include "platform-lib.imagePullSecrets" . }}
  {{- . | nindent 2 }}
  {{- end }}
  serviceAccountName: {{ .serviceAccountName | default (include "codeai.serviceAccountName" .) }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
  enableServiceLinks: false
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with .workload.terminationGracePeriodSeconds }}
  terminationGracePeriodSeconds: {{ int . }}
  {{- end }}
  {{- if .Values.podSecurityContext.enabled }}
  securityContext:
    {{- omit .Values.podSecurityContext "enabled" | toYaml | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      {{- include "codeai.imageFields" . | nindent 6 }}
      args: {{- toYaml .args | nindent 8 }}
      env:
        {{- include "codeai.env" . | trim | nindent 8 }}
      {{- with .secretName | default (include "codeai.secretName" .) }}
      envFrom:
        - secretRef:
            name: {{ . }}
      {{- end }}
      {{- if or (eq .component "web") $metrics }}
      ports:
        {{- if eq .component "web" }}
        - name: http
          containerPort: {{ .workload.port }}
        {{- end }}
        {{- if $metrics }}
        - name: metrics
          containerPort: {{ .Values.metrics.port }}
        {{- end }}
      {{- end }}
      {{- range $kind, $probe := .workload.probes | default dict }}
      {{- with $probe }}
      {{ $kind }}Probe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- with .workload.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- include "codeai.containerSecurityContext" . | nindent 6 }}
      volumeMounts:
        - name: locals
          mountPath: /app/locals.yml
          subPath: locals.yml
          readOnly: true
        - name: tmp
          mountPath: /app/tmp
    {{- if $proxied }}
    - name: nginx
      {{- include "codeai.otherImageFields" (dict "root" . "image" .workload.nginx.image) | nindent 6 }}
      ports:
        - name: proxy
          containerPort: {{ .workload.nginx.port }}
      {{- with .workload.nginx.resources }}
      resources: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- include "codeai.containerSecurityContext" . | nindent 6 }}
      volumeMounts:
        - name: nginx
          mountPath: /etc/nginx/conf.d
        - name: maintenance
          mountPath: /etc/nginx/maintenance
        - name: tmp
          mountPath: /tmp
          subPath: nginx
    {{- end }}
  volumes:
    - name: locals
      configMap:
        name: {{ .localsName | default (printf "%s-locals" (include "codeai.fullname" .)) }}
    - name: tmp
      emptyDir: {}
    {{- if $proxied }}
    - name: nginx
      configMap:
        name: {{ include "codeai.fullname" . }}-nginx
    - name: maintenance
      configMap:
        name: {{ include "codeai.fullname" . }}-maintenance
    {{- end }}
  {{- range $field := list "nodeSelector" "affinity" "tolerations" }}
  {{- with get $.workload $field }}
  {{ $field }}:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- if .workload.topologySpread }}
  topologySpreadConstraints:
    {{- range tuple "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "codeai.selectorLabels" $ | nindent 10 }}
      {{- if include "platform-lib.atLeast" (dict "root" $ "version" "1.27") }}
      matchLabelKeys:
        - pod-template-hash
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}

{{- define "codeai.containerSecurityContext" -}}
{{- with .Values.containerSecurityContext -}}
{{- if .enabled -}}
securityContext:
  {{- omit . "enabled" | toYaml | nindent 2 }}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
Environment variables: what the chart knows, then `.Values.env`, then the workload's own `env`; the
last one that names a variable wins.
*/}}
{{- define "codeai.env" -}}
{{- $backends := include "codeai.backends" . | fromYaml -}}
{{- $env := dict "RAILS_ENV" .Values.environment "RACK_ENV" .Values.environment -}}
{{- $_ := set $env "CDO_RELEASE" (include "platform-lib.imageTag" .Values.image) -}}
{{- $_ := set $env "POD_NAME" (dict "valueFrom" (dict "fieldRef" (dict "fieldPath" "metadata.name"))) -}}
{{- if eq .component "web" -}}
  {{- $_ := set $env "PORT" .workload.port -}}
  {{- $_ := set $env "WEB_CONCURRENCY" .workload.puma.workers -}}
  {{- $_ := set $env "RAILS_MAX_THREADS" .workload.puma.threads -}}
{{- end -}}
{{- $_ := set $env "AWS_REGION" $backends.storage.region -}}
{{- $env = mergeOverwrite $env (deepCopy .Values.env) (.workload.env | default dict | deepCopy) -}}
{{- range $name := keys $env | sortAlpha -}}
{{- $value := get $env $name -}}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
{{- if kindIs "map" $value }}
  {{- tpl (toYaml $value) $ | nindent 2 }}
{{- else if typeIs "string" $value }}
  value: {{ tpl $value $ | quote }}
{{- else }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
