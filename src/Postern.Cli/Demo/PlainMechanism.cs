using System.Text;

namespace Postern.Cli.Demo;

/// <summary>SASL PLAIN (RFC 4616): authorization identity NUL user NUL password, in base64.</summary>
internal static class PlainMechanism
{
    public static bool Accepts(string response)
    {
        byte[] decoded = new byte[response.Length];
        return Convert.TryFromBase64String(response, decoded, out int length)
            && Encoding.UTF8.GetString(decoded, 0, length).Split('\0') is [_, Mailbox.User, Mailbox.Password];
    }
}
