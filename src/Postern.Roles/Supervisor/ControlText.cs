using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Postern.Configuration.Control;
using Postern.Roles.Ipc;

namespace Postern.Roles.Supervisor;

/// <summary>
/// Requests and answers of the control socket as JSON (docs/protocol/control.md), the same that <see cref="ControlJson"/> makes of
/// them for <c>postern</c>; without a serializer (docs/adr/0031-reader.md).
/// </summary>
internal static class ControlText
{
    /// <summary>Null for what is no request.</summary>
    public static ControlRequest? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        string? command = null, domain = null;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string? name = reader.GetString();
                if (!reader.Read())
                    return null;
                if (name is "command" or "domain" && reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                    return null;
                if (name == "command")
                    command = reader.GetString();
                else if (name == "domain")
                    domain = reader.GetString();
                else
                    reader.Skip();
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() && command is not null ? new ControlRequest(command) { Domain = domain } : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // No JSON, or no text in it. Who asked is told.
            return null;
        }
    }

    /// <summary>One line, with its end.</summary>
    public static byte[] Write(ControlReply reply)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", reply.Ok);
            json.WriteString("message", reply.Message);
            JsonList.Write(json, "problems", reply.Problems);
            json.WritePropertyName("status");
            if (reply.Status is { } status)
                Write(json, status);
            else
                json.WriteNullValue();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Write(Utf8JsonWriter json, StatusReport status)
    {
        json.WriteStartObject();
        json.WriteString("version", status.Version);
        json.WriteString("configurationFile", status.ConfigurationFile);
        json.WriteString("startedAt", status.StartedAt);
        json.WriteString("configuredAt", status.ConfiguredAt);
        JsonList.Write(json, "notices", status.Notices);
        JsonList.Write(json, "generations", status.Generations, Write);
        JsonList.Write(json, "gates", status.Gates, Write);
        JsonList.Write(json, "certificates", status.Certificates, Write);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GenerationStatus generation)
    {
        json.WriteStartObject();
        json.WriteNumber("number", generation.Number);
        json.WriteString("state", generation.State);
        json.WriteString("since", generation.Since);
        Write(json, "keyAgent", generation.KeyAgent);
        Write(json, "dialer", generation.Dialer);
        Write(json, "nursery", generation.Nursery);
        JsonList.Write(json, "workers", generation.Workers, Write);
        Write(json, "resolver", generation.Resolver);
        Write(json, "recorder", generation.Recorder);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ServiceStatus? service)
    {
        if (service is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("pid", service.Pid);
        json.WriteNumber("restarts", service.Restarts);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WorkerStatus worker)
    {
        json.WriteStartObject();
        json.WriteNumber("pid", worker.Pid);
        json.WriteNumber("live", worker.Live);
        json.WriteNumber("restarts", worker.Restarts);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GateStatus gate)
    {
        json.WriteStartObject();
        json.WriteString("name", gate.Name);
        json.WriteString("protocol", gate.Protocol);
        json.WriteString("tls", gate.Tls);
        JsonList.Write(json, "listen", gate.Listen);
        json.WriteNumber("live", gate.Live);
        json.WriteNumber("accepted", gate.Accepted);
        json.WriteNumber("bytesFromClients", gate.BytesFromClients);
        json.WriteNumber("bytesToClients", gate.BytesToClients);
        Counts(json, "stages", gate.Stages);
        Counts(json, "outcomes", gate.Outcomes);
        JsonList.Write(json, "discovered", gate.Discovered);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CertificateStatus certificate)
    {
        json.WriteStartObject();
        json.WriteString("name", certificate.Name);
        JsonList.Write(json, "dnsNames", certificate.DnsNames);
        json.WriteString("keyType", certificate.KeyType);
        json.WriteString("notAfter", certificate.NotAfter);
        json.WriteEndObject();
    }

    private static void Counts(Utf8JsonWriter json, string name, ImmutableDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach ((string word, long count) in counts)
            json.WriteNumber(word, count);
        json.WriteEndObject();
    }
}
