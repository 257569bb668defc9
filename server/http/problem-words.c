/* SPDX-License-Identifier: Apache-2.0
 *
 * One sentence for each code.
 */
#include "http/problem-words.h"

typedef struct {
  const gchar *code;
  const gchar *zh;
} Words;

static const Words words[] = {
    {"bad-request", "请求的格式不对"},
    {"malformed-json", "内容不是正确的 JSON"},
    {"not-signed-in", "请先登录"},
    {"invalid-token", "登录已失效，请重新登录"},
    {"forbidden", "您没有这项权限"},
    {"foreign-origin", "请求来自别的网站，已拒绝"},
    {"not-secure", "此连接不安全，请使用 https"},
    {"not-found", "没有找到"},
    {"no-classroom", "这间教室不参加这节课"},
    {"method-not-allowed", "这里不能这样操作"},
    {"changed-meanwhile", "已被别人修改，请刷新后再试"},
    {"too-large", "内容太大"},
    {"unsupported-type", "不支持这种格式"},
    {"precondition-required", "缺少版本（If-Match）"},
    {"failed", "服务器出错，详情见日志"},
    {"unavailable", "服务器没有启用账号"},
    {"sign-in", "用户名或密码不对"},
    {"last-coordinator", "至少要保留一位可以管理全部区县的协调员"},
    {"weak-password", "密码太弱"},
    {"too-often", "尝试次数太多，请稍后再试"},
    {"busy", "服务器正忙，请稍后再试"},
    {"taken", "已被使用，不能重复"},
    {"in-use", "仍被使用，或引用了不存在的数据"},
    {"invalid", "填写的内容不对"},
    {"read-only", "数据库已损坏，目前只能查看"},
    {"disk", "磁盘已满或损坏"},
    {"frozen", "这节课已经开始，不能再更改"},
    {"conflict", "时间冲突"},
};

const gchar *
cr_problem_words (const gchar *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (words[i].code, code))
      return words[i].zh;
  }
  return NULL;
}
