using System.Buffers;
using System.Text;
using System.Text.Json;
using Postern.Policy.Rules;

namespace Postern.Policy.TlsRpt;

/// <summary>
/// What a session is counted under, as JSON: on disk, and from process to process. One policy has one text, and so has one failure,
/// by which the equal are found.
/// </summary>
public static class SessionText
{
    /// <summary>A policy of MTA-STS has 64 KiB at the most; its hosts stand here twice.</summary>
    public const int MaxBytes = 192 * 1024;

    public static string Write(ReportedPolicy policy) => Text(json => ReportWriter.Write(json, policy));

    /// <summary>In the words of a report's failure-details.</summary>
    public static string Write(SessionFailure failure) => Text(json =>
    {
        json.WriteStartObject();
        json.WriteString("result-type", ReportWords.Of(failure.Type));
        ReportWriter.WriteText(json, "sending-mta-ip", failure.SendingIp);
        ReportWriter.WriteText(json, "receiving-mx-hostname", failure.ReceivingHost);
        ReportWriter.WriteText(json, "receiving-ip", failure.ReceivingIp);
        ReportWriter.WriteText(json, "failure-reason-code", failure.ReasonCode);
        json.WriteEndObject();
    });

    /// <returns>Null for what is no policy.</returns>
    public static ReportedPolicy? ReadPolicy(string text)
    {
        using JsonDocument? document = Parse(text);
        return document is { RootElement: { ValueKind: JsonValueKind.Object } root } ? ReportReader.Policy(root, out _) : null;
    }

    /// <returns>Null for what is no failure.</returns>
    public static SessionFailure? ReadFailure(string text)
    {
        using JsonDocument? document = Parse(text);
        if (document is not { RootElement: { ValueKind: JsonValueKind.Object } root }
            || ReportWords.Result(JsonText.Text(root, "result-type") ?? "") is not { } type)
        {
            return null;
        }

        return new SessionFailure(type)
        {
            SendingIp = JsonText.Text(root, "sending-mta-ip"),
            ReceivingHost = JsonText.Text(root, "receiving-mx-hostname"),
            ReceivingIp = JsonText.Text(root, "receiving-ip"),
            ReasonCode = JsonText.Text(root, "failure-reason-code"),
        };
    }

    private static JsonDocument? Parse(string text) => text.Length > MaxBytes ? null : JsonText.Parse(Encoding.UTF8.GetBytes(text));

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
