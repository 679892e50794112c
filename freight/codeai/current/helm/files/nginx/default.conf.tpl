# Rendered by the chart (tpl): the proxy in front of puma.
upstream puma {
  server 127.0.0.1:{{ .Values.web.port }} fail_timeout=0;
  keepalive {{ mul (.Values.web.puma.workers | int) (.Values.web.puma.threads | int) }};
}

map $http_user_agent $blocked_agent {
  default 0;
  {{- range .Files.Lines "files/nginx/blocked-agents.txt" }}
  {{- $agent := trim . }}
  {{- if and $agent (not (hasPrefix "#" $agent)) }}
  {{ printf "~*%s" $agent | quote }} 1;
  {{- end }}
  {{- end }}
}

server {
  listen {{ .Values.web.nginx.port }};
  server_name {{ include "codeai.hostnames" . | fromJsonArray | join " " }};
  client_max_body_size {{ .Values.web.nginx.maxBodySize }};
  {{- with .Values.web.nginx.realIpFrom }}
  real_ip_header X-Forwarded-For;
  {{- range . }}
  set_real_ip_from {{ . }};
  {{- end }}
  {{- end }}

  if ($blocked_agent) {
    return 403;
  }

  location /maintenance/ {
    alias /etc/nginx/maintenance/;
  }

  location / {
    try_files $uri @puma;
  }

  location @puma {
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto {{ ternary "https" "$scheme" .Values.ingress.forceHttps }};
    proxy_read_timeout {{ .Values.web.puma.requestTimeout }}s;
    proxy_pass http://puma;
    error_page 502 503 504 /maintenance/index.html;
  }
}
