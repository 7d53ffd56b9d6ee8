using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Postern.Policy.TlsRpt;

/// <summary>A report as JSON (RFC 8460 §4.4). Compressing it is another's work.</summary>
public static class ReportWriter
{
    public static byte[] Write(TlsReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("organization-name", report.Organization);
            json.WriteStartObject("date-range");
            json.WriteString("start-datetime", Time(report.Start));
            json.WriteString("end-datetime", Time(report.End));
            json.WriteEndObject();
            json.WriteString("contact-info", report.Contact);
            json.WriteString("report-id", report.Id);

            // §4: "MUST be an array and not a singular value".
            json.WriteStartArray("policies");
            foreach (PolicyReport policy in report.Policies)
                Write(json, policy);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, PolicyReport report)
    {
        json.WriteStartObject();
        json.WritePropertyName("policy");
        Write(json, report.Policy);
        json.WriteStartObject("summary");
        json.WriteNumber("total-successful-session-count", report.Successful);
        json.WriteNumber("total-failure-session-count", report.Failed);
        json.WriteEndObject();
        if (!report.Failures.IsEmpty)
        {
            json.WriteStartArray("failure-details");
            foreach (FailureDetail failure in report.Failures)
                Write(json, failure);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter json, ReportedPolicy policy)
    {
        json.WriteStartObject();
        json.WriteString("policy-type", ReportWords.Of(policy.Type));
        WriteArray(json, "policy-string", policy.Strings);
        json.WriteString("policy-domain", policy.Domain);

        // Erratum 6241: an array, as the standard's own example has it.
        WriteArray(json, "mx-host", policy.MxHosts);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FailureDetail failure)
    {
        json.WriteStartObject();
        json.WriteString("result-type", failure.Result);
        WriteText(json, "sending-mta-ip", failure.SendingIp);
        WriteText(json, "receiving-mx-hostname", failure.ReceivingHost);
        WriteText(json, "receiving-mx-helo", failure.ReceivingHelo);
        WriteText(json, "receiving-ip", failure.ReceivingIp);
        json.WriteNumber("failed-session-count", failure.Count);
        WriteText(json, "additional-information", failure.MoreInformation);
        WriteText(json, "failure-reason-code", failure.ReasonCode);
        json.WriteEndObject();
    }

    internal static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void WriteArray(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        if (values.IsEmpty)
            return;
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>RFC 3339 §5.6.</summary>
    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
